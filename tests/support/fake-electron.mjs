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
            'export const { app, BrowserWindow, dialog, Menu, MessageChannelMain, net, protocol, session, shell } = globalThis.fakeElectron',
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
    app.emit('before-quit', { preventDefault: () => (prevented = true) })
    if (!prevented) process.exit(0)
  },
})

globalThis.fakeElectron = {
  app,
  BrowserWindow,
  MessageChannelMain,
  dialog: { showErrorBox: (title, text) => seen.dialogs.push({ title, text }) },
  Menu: { buildFromTemplate: (template) => template, setApplicationMenu: () => {} },
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
      setPermissionCheckHandler: () => {},
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
  const port = (senderFrame) => {
    let given
    webContents.ipc.emit('millrace:connect', {
      senderFrame: { ...senderFrame, postMessage: (_, __, ports) => (given = ports[0]) },
    })
    return given
  }
  const own = { parent: null, url: 'app://millrace/index.html' }
  const connected = port(own)
  const answers = []
  connected.on('message', (frame) => answers.push(frame))
  connected.postMessage([0, 1, Number(process.env.DESCRIBE_VERB), {}])
  while (!answers.some((frame) => frame[1] === 1)) await new Promise((resolve) => setTimeout(resolve, 20))
  const index = await seen.page(new Request('app://millrace/'))
  const outside = await seen.page(new Request('app://millrace/%2e%2e/%2e%2e/package.json'))
  const decide = (permission) => {
    let decision
    seen.request(webContents, permission, (allowed) => (decision = allowed))
    return decision
  }
  const filter = (url) => {
    let decision
    seen.filter({ url }, (result) => (decision = result.cancel))
    return decision
  }
  finish({
    answer: answers[0],
    navigationBlocked: navigation('will-navigate', 'https://example.com/'),
    ownNavigationBlocked: navigation('will-navigate', 'app://millrace/index.html'),
    webviewBlocked: navigation('will-attach-webview'),
    windowOpen: webContents.openHandler({ url: 'https://example.com/' }),
    strangersPort: port({ parent: null, url: 'https://example.com/' }) !== undefined,
    framesPort: port({ parent: {}, url: own.url }) !== undefined,
    index: { status: index.status, policy: index.headers.get('content-security-policy') },
    outside: outside.status,
    camera: decide('media'),
    clipboard: decide('clipboard-sanitized-write'),
    remoteBlocked: filter('https://example.com/x.js'),
    ownBlocked: filter('app://millrace/assets/x.js'),
  })
}

function finish(result) {
  const { webPreferences, schemes, handlers, sandboxed, dialogs, url } = seen
  process.stdout.write(`${JSON.stringify({ ...result, webPreferences, schemes, handlers, sandboxed, dialogs, url })}\n`)
  app.quit()
}
