import './threads.ts'
import { existsSync } from 'node:fs'
import { app, BrowserWindow, dialog, MessageChannelMain, shell } from 'electron'
import { readWorkspaceFile } from '../engines/kit/node/workspace-file.ts'
import { EngineError } from '../engines/kit/pure/errors.ts'
import { workspaceOption } from './cli/options.ts'
import { electronPort } from './electron-port.ts'
import { startSampleOnce } from './first-run.ts'
import { applicationMenu } from './menu.ts'
import { openSession, type Session } from './session.ts'
import { allowedSender, createWindow, lockDown, registerPages, servePages } from './window.ts'

/** The desktop shell: the app's life, one window, and a port between its page and the supervisor. Everything else is an engine's. */
registerPages()
app.enableSandbox()

/** The one workspace that is open, or is being opened: a page that asks for its port in between waits for it. */
let session: Promise<Session> | undefined
let workspaceDirectory = ''
let window: BrowserWindow | undefined

if (!app.requestSingleInstanceLock()) app.quit()
else void start()

async function start(): Promise<void> {
  app.on('second-instance', () => {
    if (window?.isMinimized()) window.restore()
    window?.focus()
  })
  app.on('web-contents-created', (_, contents) => lockDown(contents))
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  app.on('activate', () => {
    if (session && BrowserWindow.getAllWindows().length === 0) openWindow()
  })
  // Not before the windows have closed: a person may still stay for the sake of what is not saved.
  app.on('will-quit', (event) => {
    if (!session) return
    // Quit waits until what the engines have in hand is on disk.
    event.preventDefault()
    const closing = session
    session = undefined
    void closing
      .then((open) => open.stop())
      .catch(() => {})
      .finally(() => app.quit())
  })
  await app.whenReady()
  servePages()
  applicationMenu()
  try {
    session = openWorkspace(workspaceOption(process.env.MILLRACE_WORKSPACE))
    const { clients } = await session
    openWindow()
    runSample(clients)
  } catch (thrown) {
    giveUp(thrown)
  }
}

async function openWorkspace(directory: string): Promise<Session> {
  const opened = await openSession({
    workspaceDirectory: directory,
    shell: 'desktop',
    port: 0,
    awsPort: 4566,
    rendererDirectory: null,
    echoLogs: !app.isPackaged,
    reveal: async (path) => shell.showItemInFolder(path),
    switcher: { choose: chooseFolder, open: switchTo },
  })
  workspaceDirectory = directory
  return opened
}

/**
 * Another workspace in the same window: the first is closed, since the AWS port and the memory are one workspace's at a time, and its page
 * is loaded anew. Where the other cannot be opened, the first comes back.
 */
function switchTo(directory: string): null {
  if (!existsSync(directory)) throw new EngineError('NoSuchFolder', `${directory} is not there any more.`)
  // A workspace that cannot be read is said before anything is closed.
  readWorkspaceFile(directory)
  const closing = session
  const former = workspaceDirectory
  if (!closing) return null
  // The page has its answer first.
  setImmediate(() => {
    session = closing
      .then((open) => open.stop())
      .then(() => openWorkspace(directory))
      .catch((thrown) => {
        dialog.showErrorBox('Millrace cannot open the workspace', reasonOf(thrown))
        return openWorkspace(former)
      })
    session.catch(giveUp)
    window?.webContents.reload()
  })
  return null
}

async function chooseFolder(): Promise<string | null> {
  const { filePaths } = await dialog.showOpenDialog({
    title: 'Open a workspace',
    properties: ['openDirectory', 'createDirectory'],
  })
  return filePaths[0] ?? null
}

function giveUp(thrown: unknown): void {
  session = undefined
  dialog.showErrorBox('Millrace cannot open the workspace', reasonOf(thrown))
  app.quit()
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** As the served shell does it: what is opened for the first time is seen at work. */
function runSample(clients: Session['clients']): void {
  startSampleOnce(clients).catch((thrown) => process.stderr.write(`The sample was not run: ${String(thrown)}\n`))
}

function openWindow(): void {
  window = createWindow()
  window.webContents.ipc.on('millrace:connect', (event) => {
    const { senderFrame } = event
    if (!allowedSender(senderFrame)) return
    // A page that was loaded again asks again: each connection is a port of its own, closed with the page that held it.
    void session?.then(
      ({ attach }) => {
        const { port1, port2 } = new MessageChannelMain()
        attach(electronPort(port1))
        senderFrame?.postMessage('millrace:port', null, [port2])
      },
      // Who opens the workspace says why it could not.
      () => {},
    )
  })
  window.on('closed', () => {
    window = undefined
  })
}
