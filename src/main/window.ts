import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import {
  BrowserWindow,
  dialog,
  nativeTheme,
  protocol,
  session,
  shell,
  type WebContents,
  type WebFrameMain,
} from 'electron'
import { CONTENT_SECURITY_POLICY, CONTENT_TYPES } from './policy.ts'

/** The one place for what a page may do: preferences, navigation, permissions, policy. After Electron's security checklist. */
const SCHEME = 'app'
const ORIGIN = `${SCHEME}://millrace`
/** Copying a value, presenting a dashboard: the page asks for nothing else, and gets nothing else. */
const GRANTED = new Set(['clipboard-sanitized-write', 'fullscreen'])
const PAGES = join(import.meta.dirname, '../renderer')
/** Addresses that a person may open in their own browser from a link in the program: documentation, and a workspace that a process serves. */
const OUTSIDE =
  /^(https:\/\/(docs\.aws\.amazon\.com|nightlies\.apache\.org|trino\.io)\/|http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]+$)/

/** Must run before the app is ready. */
export function registerPages(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ])
}

export function servePages(): void {
  protocol.handle(SCHEME, async (request) => {
    const { host, pathname } = new URL(request.url)
    const file = join(PAGES, normalize(decodeURIComponent(pathname === '/' ? '/index.html' : pathname)))
    if (`${SCHEME}://${host}` !== ORIGIN || !file.startsWith(PAGES + sep))
      return new Response('There is no such page.', { status: 404 })
    try {
      return new Response(await readFile(file), {
        headers: {
          'Content-Type': CONTENT_TYPES[extname(file)] ?? 'application/octet-stream',
          'Content-Security-Policy': CONTENT_SECURITY_POLICY,
          'X-Content-Type-Options': 'nosniff',
          'Cross-Origin-Opener-Policy': 'same-origin',
          'Cross-Origin-Resource-Policy': 'same-origin',
        },
      })
    } catch {
      return new Response('There is no such page.', { status: 404 })
    }
  })
  const { defaultSession } = session
  const granted = (permission: string, url: string) => isOwn(url) && GRANTED.has(permission)
  defaultSession.setPermissionRequestHandler((_, permission, decide, { requestingUrl }) =>
    decide(granted(permission, requestingUrl)),
  )
  defaultSession.setPermissionCheckHandler((_, permission, origin) => granted(permission, `${origin}/`))
  defaultSession.setDevicePermissionHandler(() => false)
  // The page needs nothing from any network: engines have their own listeners, and nothing is loaded from elsewhere.
  defaultSession.webRequest.onBeforeRequest((details, decide) => {
    const { protocol: scheme } = new URL(details.url)
    decide({ cancel: !['app:', 'data:', 'blob:', 'devtools:'].includes(scheme) })
  })
}

export function createWindow(): BrowserWindow {
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 960,
    minHeight: 600,
    show: false,
    // What is seen until the page has painted itself.
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#14161a' : '#eceef1',
    title: 'Millrace',
    webPreferences: {
      preload: join(import.meta.dirname, '../preload/preload.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  })
  window.webContents.on('will-prevent-unload', (event) => {
    if (leavesAnyway(window)) event.preventDefault()
  })
  window.once('ready-to-show', () => window.show())
  void window.loadURL(`${ORIGIN}/index.html`)
  return window
}

/** A page that would lose changes does not let itself be left, and Electron asks nobody: the person decides here. */
function leavesAnyway(window: BrowserWindow): boolean {
  const chosen = dialog.showMessageBoxSync(window, {
    type: 'warning',
    message: 'Leave without saving?',
    detail: 'Tabs with a dot have changes that are not saved. They are lost when the window closes or loads anew.',
    buttons: ['Stay', 'Leave without saving'],
    defaultId: 0,
    cancelId: 0,
  })
  return chosen === 1
}

/** Limits every page of the app, also ones that something opens later. */
export function lockDown(contents: WebContents): void {
  // The first is for frames of a page, which has none; the second for the page itself; the third for where either is sent on to.
  contents.on('will-frame-navigate', (event) => {
    if (!isOwn(event.url)) event.preventDefault()
  })
  contents.on('will-navigate', (event, url) => {
    if (!isOwn(url)) event.preventDefault()
  })
  contents.on('will-redirect', (event, url) => {
    if (!isOwn(url)) event.preventDefault()
  })
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    if (OUTSIDE.test(url)) void shell.openExternal(url)
    return { action: 'deny' }
  })
}

/** Only the top frame of our own page may ask for a port. */
export function allowedSender(frame: WebFrameMain | null): boolean {
  return frame !== null && frame.parent === null && isOwn(frame.url)
}

function isOwn(url: string): boolean {
  return url.startsWith(`${ORIGIN}/`)
}
