import { basename } from 'node:path'
import { type BrowserContext, test as base, type ConsoleMessage, expect } from '@playwright/test'
import { Millrace } from '../../support/millrace.ts'

interface Worker {
  /** The program of the suite whose tests run. */
  programs: { of(group: string): Promise<Millrace> }
}

interface Test {
  /** A real Millrace on a workspace of its own, with the sample in it, shared by the tests of a group that a worker comes to one after the other. */
  millrace: Millrace
  /** Errors of the page: a test in which any appears has failed, whatever else it saw. */
  pageErrors: string[]
}

/** Features whose suites do not mind what the others of them left behind. */
const EASY = new Set(['sql'])

/** What a suite shares its program and window by: itself, or its feature, which is `sql` of `sql-results.spec.ts`. */
function groupOf({ file }: { file: string }): string {
  const [feature] = basename(file).split(/[-.]/)
  return EASY.has(feature) ? feature : file
}

export const test = base.extend<Test, Worker>({
  programs: [
    async ({}, use) => {
      let current: { group: string; millrace: Millrace } | undefined
      await use({
        async of(group) {
          if (current?.group === group) return current.millrace
          // Tabs, panes and documents that others left behind are none of this one's business.
          await current?.millrace[Symbol.asyncDispose]()
          current = { group, millrace: await Millrace.start() }
          return current.millrace
        },
      })
      await current?.millrace[Symbol.asyncDispose]()
    },
    { scope: 'worker' },
  ],
  millrace: async ({ programs }, use, info) => use(await programs.of(groupOf(info))),
  pageErrors: [
    async ({ page }, use) => {
      const errors: string[] = []
      const thrown = (error: Error) => errors.push(error.message)
      const said = (message: ConsoleMessage) => {
        if (message.type() === 'error' && /Content Security Policy|Uncaught/.test(message.text()))
          errors.push(message.text())
      }
      page.on('pageerror', thrown).on('console', said)
      await use(errors)
      page.off('pageerror', thrown).off('console', said)
      expect(errors).toEqual([])
    },
    { auto: true },
  ],
})

/**
 * Tests of a group in one window, as a person has one open all day: to load the program and its editor anew takes longer than what most of
 * them do. `Shell.open` comes back to it with all tabs closed. A test that fails takes the window with it.
 */
export const testInOneWindow = test.extend<object, { windows: { open?: { group: string; context: BrowserContext } } }>({
  windows: [
    async ({}, use) => {
      const windows: { open?: { group: string; context: BrowserContext } } = {}
      await use(windows)
      await windows.open?.context.close()
    },
    { scope: 'worker' },
  ],
  context: async ({ browser, windows, permissions }, use, info) => {
    const group = groupOf(info)
    if (windows.open && windows.open.group !== group) {
      await windows.open.context.close()
      delete windows.open
    }
    windows.open ??= { group, context: await browser.newContext() }
    // The window may have been opened for a suite that asks for less.
    if (permissions) await windows.open.context.grantPermissions(permissions)
    await use(windows.open.context)
  },
  page: async ({ context, windows }, use, info) => {
    await use(context.pages()[0] ?? (await context.newPage()))
    if (info.status === info.expectedStatus) return
    await context.close()
    delete windows.open
  },
})

export { expect }
