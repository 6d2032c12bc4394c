// Stands in for the `electron` module, so that the built desktop shell runs on Node: `node --import fake-electron.mjs out/main/index.js`.
// It records what the shell asks for and plays a page that connects, then tells it all as one line of JSON.
import { EventEmitter } from 'node:events'
import { registerHooks } from 'node:module'
import { MessageChannel } from 'node:worker_threads'

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: 'fake:electron', shortCircuit: true } : next(specifier, context),
  load: (url, context, next) =>
    url === 'fake:electron'
      ? {
          format: 'module',
          shortCircuit: true,
          source:
            'export const { app, BrowserWindow, dialog, Menu, MessageChannelMain, nativeTheme, net, protocol, session, shell } = globalThis.fakeElectron',
        }
      : next(url, context),
})

const seen = { schemes: [], handlers: [], permissions: {}, blocked: {}, sandboxed: false, dialogs: [] }

class PortMain extends EventEmitter {
  constructor(port) {
    super()
    this.port = port
    port.on('message', (data) => this.emit('message', { data, ports: [] }))
    port.on('close', () => this.emit('close'))
  }
  start() {}
  postMessage(data) {
    this.port.postMessage(data)
  }
  close() {
    this.port.close()
  }
}

class MessageChannelMain {
  constructor() {
    const { port1, port2 } = new MessageChannel()
    this.port1 = new PortMain(port1)
    this.port2 = port2
  }
}

class WebContents extends EventEmitter {
  ipc = new EventEmitter()
  setWindowOpenHandler(handler) {
    this.openHandler = handler
  }
  reload() {
    this.emit('reloaded')
  }
}

class BrowserWindow extends EventEmitter {
  static all = []
  static getAllWindows() {
    return BrowserWindow.all
  }
  constructor(options) {
    super()
    seen.webPreferences = options.webPreferences
    this.webContents = new WebContents()
    BrowserWindow.all.push(this)
    app.emit('web-contents-created', {}, this.webContents)
  }
  show() {}
  isMinimized() {
    return false
  }
  focus() {}
  async loadURL(url) {
    seen.url = url
    setImmediate(() => play(this).catch((error) => finish({ error: String(error.stack ?? error) })))
  }
}

const app = new EventEmitter()
Object.assign(app, {
  isPackaged: false,
  enableSandbox: () => {
    seen.sandboxed = true
  },
  requestSingleInstanceLock: () => true,
  whenReady: async () => {},
  quit: () => {
    let prevented = false
    for (const event of ['before-quit', 'will-quit']) app.emit(event, { preventDefault: () => (prevented = true) })
    if (!prevented) process.exit(0)
  },
})

globalThis.fakeElectron = {
  app,
  BrowserWindow,
  MessageChannelMain,
  dialog: {
    showErrorBox: (title, text) => seen.dialogs.push({ title, text }),
    showOpenDialog: async () => {
      const filePaths = process.env.CHOOSE ? [process.env.CHOOSE] : []
      return { canceled: filePaths.length === 0, filePaths }
    },
    showMessageBoxSync: (_, { buttons }) => buttons.indexOf(seen.answer),
  },
  Menu: { buildFromTemplate: (template) => template, setApplicationMenu: () => {} },
  nativeTheme: { shouldUseDarkColors: true },
  net: {},
  shell: { openExternal: async (url) => (seen.opened = url), showItemInFolder: () => {} },
  protocol: {
    registerSchemesAsPrivileged: (schemes) => seen.schemes.push(...schemes),
    handle: (scheme, handler) => {
      seen.handlers.push(scheme)
      seen.page = handler
    },
  },
  session: {
    defaultSession: {
      setPermissionRequestHandler: (handler) => (seen.request = handler),
      setPermissionCheckHandler: (handler) => (seen.check = handler),
      setDevicePermissionHandler: (handler) => (seen.device = handler),
      webRequest: { onBeforeRequest: (handler) => (seen.filter = handler) },
    },
  },
}

async function play(window) {
  const { webContents } = window
  const navigation = (event, url) => {
    let prevented = false
    webContents.emit(event, { preventDefault: () => (prevented = true) }, url)
    return prevented
  }
  /** Asks for a port as a frame does; who is refused never gets one. */
  const port = (senderFrame) =>
    new Promise((take) =>
      webContents.ipc.emit('millrace:connect', {
        senderFrame: { ...senderFrame, postMessage: (_, __, ports) => take(ports[0]) },
      }),
    )
  const given = (senderFrame) =>
    Promise.race([port(senderFrame).then(() => true), new Promise((none) => setTimeout(none, 200, false))])
  const own = { parent: null, url: 'app://millrace/index.html' }
  let connected = await port(own)
  const verbs = JSON.parse(process.env.VERBS)
  let asked = 0
  const ask = (verb, input = {}) =>
    new Promise((resolve) => {
      const id = ++asked
      const take = (frame) => {
        if (frame[1] !== id) return
        connected.off('message', take)
        resolve(frame)
      }
      connected.on('message', take)
      connected.postMessage([0, id, verbs.indexOf(verb), input])
    })
  if (process.env.SWITCH) {
    const answers = []
    for (const directory of JSON.parse(process.env.SWITCH)) {
      const reloaded = new Promise((done) => webContents.once('reloaded', done))
      const answer = await ask('system.openWorkspace', directory === null ? {} : { directory })
      answers.push(answer)
      if (!answer[2]?.opening) continue
      await reloaded
      connected = await port(own)
      answers.push(await ask('workspace.describe'), await ask('system.recentWorkspaces'))
    }
    return finish({ answers })
  }
  const describe = await ask('workspace.describe')
  const runs = await sampleRuns(ask)
  const index = await seen.page(new Request('app://millrace/'))
  const outside = await seen.page(new Request('app://millrace/%2e%2e/%2e%2e/package.json'))
  const decide = (permission, requestingUrl = own.url) => {
    let decision
    seen.request(webContents, permission, (allowed) => (decision = allowed), { requestingUrl })
    const checked = seen.check(webContents, permission, new URL(requestingUrl).href.replace(/(\/\/[^/]*).*/, '$1'))
    return decision === checked ? decision : 'the two handlers differ'
  }
  const frameNavigation = (url) => {
    let prevented = false
    webContents.emit('will-frame-navigate', { url, preventDefault: () => (prevented = true) })
    return prevented
  }
  const leaves = (answer) => {
    let left = false
    seen.answer = answer
    webContents.emit('will-prevent-unload', { preventDefault: () => (left = true) })
    return left
  }
  const filter = (url) => {
    let decision
    seen.filter({ url }, (result) => (decision = result.cancel))
    return decision
  }
  finish({
    describe,
    runs,
    navigationBlocked: navigation('will-navigate', 'https://example.com/'),
    redirectBlocked: navigation('will-redirect', 'https://example.com/'),
    frameNavigationBlocked: frameNavigation('https://example.com/'),
    lookalikeBlocked: navigation('will-navigate', 'app://millrace.example.com/index.html'),
    ownNavigationBlocked: navigation('will-navigate', 'app://millrace/index.html'),
    webviewBlocked: navigation('will-attach-webview'),
    windowOpen: webContents.openHandler({ url: 'https://example.com/' }),
    openedElsewhere: seen.opened ?? null,
    strangersPort: await given({ parent: null, url: 'https://example.com/' }),
    framesPort: await given({ parent: {}, url: own.url }),
    index: {
      status: index.status,
      policy: index.headers.get('content-security-policy'),
      sniff: index.headers.get('x-content-type-options'),
    },
    outside: outside.status,
    camera: decide('media'),
    clipboard: decide('clipboard-sanitized-write'),
    strangersClipboard: decide('clipboard-sanitized-write', 'https://example.com/'),
    device: seen.device({ deviceType: 'usb' }),
    documentation: webContents.openHandler({ url: 'https://docs.aws.amazon.com/kinesis/' }),
    opened: seen.opened,
    remoteBlocked: filter('https://example.com/x.js'),
    ownBlocked: filter('app://millrace/assets/x.js'),
    stays: !leaves('Stay'),
    leaves: leaves('Leave without saving'),
  })
}

/** Runs of the sample once the shell has started what it starts by itself, which the test says to wait for. */
async function sampleRuns(ask) {
  for (;;) {
    const [, , runs] = await ask('pipeline.listRuns', { pipeline: 'pipelines/flights.json', limit: 10 })
    if (runs.length >= Number(process.env.RUNS)) return runs
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function finish(result) {
  const { webPreferences, schemes, handlers, sandboxed, dialogs, url } = seen
  process.stdout.write(`${JSON.stringify({ ...result, webPreferences, schemes, handlers, sandboxed, dialogs, url })}\n`)
  app.quit()
}
