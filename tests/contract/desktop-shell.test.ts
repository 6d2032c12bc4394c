import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contracts } from '../../src/engines/contract.ts'
import { RESULT, verbTable } from '../../src/engines/kit/pure/rpc.ts'
import { Millrace } from '../support/millrace.ts'

const root = resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'millrace-desktop-'))
const workspace = join(folder, 'workspace')
const home = join(folder, 'home')
const verbs = verbTable(contracts).map(({ engine, name }) => `${engine}.${name}`)

interface Said {
  error?: string
  describe: unknown[]
  runs: { state: string }[]
  answers: unknown[][]
  dialogs: { text: string }[]
  index: { status: number; policy: string; sniff: string }
  webPreferences: Record<string, unknown>
  [key: string]: unknown
}

/** Starts the built desktop shell on the fake, which plays a page and quits; gives what it saw. `runs` is how many runs it waits for. */
function desktop(options: { runs: number; workspace?: string; env?: Record<string, string> }): {
  said: Said
  status: number | null
} {
  const ran = spawnSync(
    process.execPath,
    ['--import', join(root, 'tests/support/fake-electron.mjs'), join(root, 'out/main/index.js')],
    {
      env: {
        ...process.env,
        MILLRACE_HOME: home,
        MILLRACE_WORKSPACE: options.workspace ?? workspace,
        VERBS: JSON.stringify(verbs),
        RUNS: String(options.runs),
        ...options.env,
      },
      encoding: 'utf8',
      timeout: 80_000,
    },
  )
  const line = ran.stdout.split('\n').find((candidate) => candidate.startsWith('{'))
  return { said: line ? JSON.parse(line) : { error: ran.stderr }, status: ran.status }
}

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the built desktop shell, against a fake electron', () => {
  let first: ReturnType<typeof desktop>
  beforeAll(() => {
    first = desktop({ runs: 1 })
  }, 90_000)

  it('keeps the page sandboxed, pipes its port to the engines, and refuses strangers', () => {
    const { said, status } = first
    expect(said).not.toHaveProperty('error')
    expect(said.webPreferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      navigateOnDragDrop: false,
    })
    expect(said.webPreferences.preload).toMatch(/preload\.cjs$/)
    expect(said).toMatchObject({
      sandboxed: true,
      dialogs: [],
      handlers: ['app'],
      url: 'app://millrace/index.html',
      navigationBlocked: true,
      redirectBlocked: true,
      frameNavigationBlocked: true,
      lookalikeBlocked: true,
      openedElsewhere: null,
      documentation: { action: 'deny' },
      opened: 'https://docs.aws.amazon.com/kinesis/',
      ownNavigationBlocked: false,
      webviewBlocked: true,
      windowOpen: { action: 'deny' },
      strangersPort: false,
      framesPort: false,
      outside: 404,
      camera: false,
      clipboard: true,
      strangersClipboard: false,
      device: false,
      remoteBlocked: true,
      ownBlocked: false,
      stays: true,
      leaves: true,
    })
    expect(said.index.status).toBe(200)
    expect(said.index.policy).toContain("script-src 'self';")
    expect(said.index.policy).toContain("connect-src 'self';")
    expect(said.index.sniff).toBe('nosniff')
    expect(said.describe[0]).toBe(RESULT)
    expect(said.describe[2]).toMatchObject({ directory: workspace, trusted: true })
    expect(status).toBe(0)
  })

  it('tells the page the paths of files that a person gives it, and of no others', () => {
    const heard: Record<string, (event: object) => void> = {}
    const posted: unknown[] = []
    const window = {
      location: { origin: 'app://millrace' },
      addEventListener: (type: string, listener: (event: object) => void) => (heard[type] = listener),
      postMessage: (message: unknown, origin: string) => posted.push([message, origin]),
    }
    const electron = {
      ipcRenderer: { on: () => {}, send: () => {} },
      webUtils: { getPathForFile: (file: { name: string }) => `/home/ada/${file.name}` },
    }
    const preload = readFileSync(join(root, 'out/preload/preload.cjs'), 'utf8')
    runInNewContext(preload, { window, require: () => electron, module: {}, exports: {} })
    const files = [{ name: 'a.csv' }, { name: 'folder' }]
    heard.drop({ isTrusted: false, dataTransfer: { files } })
    heard.drop({ isTrusted: true, dataTransfer: { files: [] } })
    heard.change({ isTrusted: true, target: {} })
    expect(posted).toEqual([])
    heard.drop({ isTrusted: true, dataTransfer: { files } })
    heard.change({ isTrusted: true, target: { files: [files[0]] } })
    expect(posted).toEqual([
      [{ type: 'millrace:paths', paths: ['/home/ada/a.csv', '/home/ada/folder'] }, 'app://millrace'],
      [{ type: 'millrace:paths', paths: ['/home/ada/a.csv'] }, 'app://millrace'],
    ])
  })

  it('is packaged so that nobody runs it as Node, debugs it or puts another program in its place', () => {
    const config = readFileSync(join(root, 'electron-builder.yml'), 'utf8')
    const fuses = Object.fromEntries(
      [...config.matchAll(/^ {2}(\w+): (true|false)$/gm)].map(([, name, on]) => [name, on]),
    )
    expect(fuses).toEqual({
      runAsNode: 'false',
      enableCookieEncryption: 'true',
      enableNodeOptionsEnvironmentVariable: 'false',
      enableNodeCliInspectArguments: 'false',
      enableEmbeddedAsarIntegrityValidation: 'true',
      onlyLoadAppFromAsar: 'true',
      loadBrowserProcessSpecificV8Snapshot: 'false',
      grantFileProtocolExtraPrivileges: 'false',
    })
  })

  it('runs the sample when it is opened for the first time, and not again', () => {
    expect(first.said.runs).toHaveLength(1)
    const second = desktop({ runs: 1 })
    expect(second.said.runs).toHaveLength(1)
    expect(second.said.runs[0]).not.toMatchObject({ state: 'running' })
  })

  it('opens another workspace of the list, or of a folder that is chosen, in the same window', () => {
    const other = join(folder, 'other')
    mkdirSync(other)
    const { said, status } = desktop({
      runs: 0,
      env: { SWITCH: JSON.stringify([join(folder, 'never opened'), null, workspace]), CHOOSE: other },
    })
    expect(said).not.toHaveProperty('error')
    const [refused, chose, inOther, listThere, back, inFirst, listHere] = said.answers.map(([, , value]) => value)
    expect(refused).toMatchObject({ message: expect.stringContaining('not among the workspaces') })
    expect(chose).toEqual({ opening: true, address: null })
    expect(inOther).toMatchObject({ directory: other })
    expect(listThere).toMatchObject({
      canOpen: true,
      canChoose: true,
      problem: null,
      workspaces: [{ directory: workspace }],
    })
    expect(back).toEqual({ opening: true, address: null })
    expect(inFirst).toMatchObject({ directory: workspace, trusted: true })
    expect(listHere).toMatchObject({ workspaces: [{ directory: other, missing: false }] })
    expect(said.dialogs).toEqual([])
    expect(status).toBe(0)
  })

  it('keeps the workspace where another cannot be opened, and opens none where the person chose none', () => {
    const damaged = join(folder, 'damaged')
    mkdirSync(damaged)
    writeFileSync(join(damaged, 'millrace.json'), '{')
    const { said } = desktop({ runs: 0, env: { SWITCH: JSON.stringify([null]), CHOOSE: damaged } })
    expect(said.answers).toHaveLength(1)
    expect(said.answers[0][2]).toMatchObject({ code: 'DamagedWorkspace' })
    const none = desktop({ runs: 0, env: { SWITCH: JSON.stringify([null]) } })
    expect(none.said.answers[0][2]).toEqual({ opening: false, address: null })
  })

  it('joins the process that has the workspace open', async () => {
    await using owner = await Millrace.start({ workspace, env: { MILLRACE_HOME: home } })
    const { said, status } = desktop({ runs: 1 })
    expect(said.describe[2]).toMatchObject({ directory: workspace })
    expect(status).toBe(0)
    // The owner goes on when the window that joined it closes.
    expect(await (await owner.clients()).system.status({})).toMatchObject({ pid: owner.ready.pid, shell: 'served' })
  })
})
