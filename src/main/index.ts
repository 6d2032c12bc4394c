import './threads.ts'
import { app, BrowserWindow, dialog, MessageChannelMain, shell } from 'electron'
import { workspaceOption } from './cli/options.ts'
import { electronPort } from './electron-port.ts'
import { startSampleOnce } from './first-run.ts'
import { applicationMenu } from './menu.ts'
import { openSession, type Session } from './session.ts'
import { allowedSender, createWindow, lockDown, registerPages, servePages } from './window.ts'

/** The desktop shell: the app's life, one window, and a port between its page and the supervisor. Everything else is an engine's. */
registerPages()
app.enableSandbox()

let session: Session | undefined
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
    if (session && BrowserWindow.getAllWindows().length === 0) openWindow(session)
  })
  // Not before the windows have closed: a person may still stay for the sake of what is not saved.
  app.on('will-quit', (event) => {
    if (!session) return
    // Quit waits until what the engines have in hand is on disk.
    event.preventDefault()
    const closing = session
    session = undefined
    void closing.stop().finally(() => app.quit())
  })
  await app.whenReady()
  servePages()
  applicationMenu()
  try {
    session = await openSession({
      workspaceDirectory: workspaceOption(process.env.MILLRACE_WORKSPACE),
      shell: 'desktop',
      port: 0,
      awsPort: 4566,
      rendererDirectory: null,
      echoLogs: !app.isPackaged,
      reveal: async (path) => shell.showItemInFolder(path),
    })
    openWindow(session)
    runSample(session)
  } catch (thrown) {
    dialog.showErrorBox('Millrace cannot open the workspace', thrown instanceof Error ? thrown.message : String(thrown))
    app.quit()
  }
}

/** As the served shell does it: what is opened for the first time is seen at work. */
function runSample({ clients }: Session): void {
  startSampleOnce(clients).catch((thrown) => process.stderr.write(`The sample was not run: ${String(thrown)}\n`))
}

function openWindow({ attach }: Session): void {
  window = createWindow()
  window.webContents.ipc.on('millrace:connect', (event) => {
    if (!allowedSender(event.senderFrame)) return
    // A page that was loaded again asks again: each connection is a port of its own, closed with the page that held it.
    const { port1, port2 } = new MessageChannelMain()
    attach(electronPort(port1))
    event.senderFrame?.postMessage('millrace:port', null, [port2])
  })
  window.on('closed', () => {
    window = undefined
  })
}
