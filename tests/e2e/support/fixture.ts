import { test as base, expect } from '@playwright/test'
import { Millrace } from '../../support/millrace.ts'

interface Worker {
  /** The program of the file whose tests run. */
  programs: { of(file: string): Promise<Millrace> }
}

interface Test {
  /** A real Millrace on a workspace of its own, with the sample in it, shared by the tests of a file. */
  millrace: Millrace
  /** Errors of the page: a test in which any appears has failed, whatever else it saw. */
  pageErrors: string[]
}

export const test = base.extend<Test, Worker>({
  programs: [
    async ({}, use) => {
      let current: { file: string; millrace: Millrace } | undefined
      await use({
        async of(file) {
          if (current?.file === file) return current.millrace
          // Tabs, panes and documents that the tests of another file left behind are none of this one's business.
          await current?.millrace[Symbol.asyncDispose]()
          current = { file, millrace: await Millrace.start() }
          return current.millrace
        },
      })
      await current?.millrace[Symbol.asyncDispose]()
    },
    { scope: 'worker' },
  ],
  millrace: async ({ programs }, use, { file }) => use(await programs.of(file)),
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
