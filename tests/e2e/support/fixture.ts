import { test as base, expect } from '@playwright/test'
import { Millrace } from '../../support/millrace.ts'

interface Worker {
  /** A real Millrace on a workspace of its own, with the sample in it, shared by the tests of a file. */
  millrace: Millrace
}

interface Test {
  /** Errors of the page: a test in which any appears has failed, whatever else it saw. */
  pageErrors: string[]
}

export const test = base.extend<Test, Worker>({
  millrace: [
    async ({}, use) => {
      await using millrace = await Millrace.start()
      await use(millrace)
    },
    { scope: 'worker' },
  ],
  pageErrors: [
    async ({ page }, use) => {
      const errors: string[] = []
      page.on('pageerror', (error) => errors.push(error.message))
      page.on('console', (message) => {
        if (message.type() === 'error' && /Content Security Policy|Uncaught/.test(message.text()))
          errors.push(message.text())
      })
      await use(errors)
      expect(errors).toEqual([])
    },
    { auto: true },
  ],
})

export { expect }
