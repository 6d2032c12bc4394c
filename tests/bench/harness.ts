import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { type Browser, chromium, type Page } from '@playwright/test'

export const root = resolve(import.meta.dirname, '../..')
/** Peers and generated data live outside the sources and are made once. */
export const benchDirectory = join(root, '.cache', 'bench')

export interface Row {
  readonly name: string
  readonly value: string
  /** What the documents promise, and whether this run kept it. */
  readonly target?: string
  readonly kept?: boolean
}

export interface Bench {
  readonly name: string
  readonly title: string
  run(): Promise<Row[]>
}

export function machine(): string {
  const [cpu] = cpus()
  return `${cpu.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 1024 ** 3)} GiB, Node ${process.versions.node}, ${process.platform}`
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** CPU seconds of all threads of a process until now, from the kernel's account. */
export function cpuSeconds(pid: number): number {
  const [, fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
  const [user, system] = fields.split(' ').slice(11, 13)
  return (Number(user) + Number(system)) / 100
}

/** Jiffies of all cores, and those that went to other guests of the host; zeros where the system does not tell. */
function jiffies(): { all: number; stolen: number } {
  if (process.platform !== 'linux') return { all: 0, stolen: 0 }
  const [line] = readFileSync('/proc/stat', 'utf8').split('\n')
  const counts = line.split(/\s+/).slice(1).map(Number)
  return { all: counts.reduce((sum, count) => sum + count, 0), stolen: counts[7] }
}
const atStart = jiffies()

/** How fast the machine is at this moment, so that two runs can be compared: the CPU time of a fixed piece of work, who else wants the cores, and what other guests took since the start. */
export function pace(): Row {
  // Of native code: how fast V8 runs a loop is a matter of chance, five times over.
  const bytes = new Uint8Array(64 * 1024 * 1024)
  const times = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage()
    createHash('sha256').update(bytes).digest()
    return process.cpuUsage(before).user / 1000
  })
  const { all, stolen } = jiffies()
  const lost = (100 * (stolen - atStart.stolen)) / Math.max(1, all - atStart.all)
  return {
    name: 'CPU of hashing 64 MiB, ms · load average · stolen by the host',
    value: `${median(times).toFixed(1)} · ${loadavg()[0].toFixed(1)} · ${lost.toFixed(1)} %`,
  }
}

/** Runs alternately, so that a slow moment of the machine falls on both sides, and gives each side's median. */
export async function compare(
  runs: number,
  sides: Record<string, () => Promise<number>>,
): Promise<Record<string, number>> {
  const taken: Record<string, number[]> = Object.fromEntries(Object.keys(sides).map((name) => [name, []]))
  for (let run = 0; run < runs; run++) for (const [name, side] of Object.entries(sides)) taken[name].push(await side())
  return Object.fromEntries(Object.entries(taken).map(([name, values]) => [name, median(values)]))
}

/** Installs a peer for the bench alone, once. */
export function peer(spec: string): string {
  const name = spec.replace(/@[^@/]+$/, '')
  const folder = join(benchDirectory, 'node_modules', name)
  if (!existsSync(folder)) {
    mkdirSync(benchDirectory, { recursive: true })
    const result = spawnSync(
      'npm',
      ['install', '--prefix', benchDirectory, '--no-audit', '--no-fund', '--loglevel=error', spec],
      { stdio: 'inherit' },
    )
    if (result.status !== 0) throw new Error(`the peer ${spec} could not be installed`)
  }
  return folder
}

export const count = (value: number) => Math.round(value).toLocaleString('en')
export const ratio = (value: number) => `${value.toFixed(2)} ×`

/** The browser that draws, as it names itself: software rendering takes its share of the cores. */
export async function rendererOf(page: Page): Promise<string> {
  const name = await page.evaluate(() => {
    const gl = document.createElement('canvas').getContext('webgl')
    const info = gl?.getExtension('WEBGL_debug_renderer_info')
    return gl && info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : 'no WebGL'
  })
  return name.slice(0, 40)
}

/**
 * A browser in the session of the bench, as the desktop program is one tree of processes. Playwright starts its own in another session, and
 * Linux shares the cores by session (autogroup) before it looks at the priorities that let the window go before the engines.
 */
export async function launchBrowser(): Promise<Browser> {
  const executable =
    process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((file) => existsSync(file))
  if (!executable) throw new Error('No browser: set CHROMIUM to the path of Chromium or Chrome.')
  const profile = mkdtempSync(join(tmpdir(), 'millrace-browser-'))
  const switches = [
    '--headless',
    '--no-sandbox',
    '--no-first-run',
    '--disable-background-networking',
    '--hide-scrollbars',
    // Its suggestions are a page of their own, which answers late on a busy machine.
    '--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup',
  ]
  const child = spawn(
    executable,
    [...switches, '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  const browser = await endpointOf(child)
    .then((endpoint) => chromium.connectOverCDP(endpoint))
    .catch((thrown) => {
      child.kill()
      throw thrown
    })
  browser.on('disconnected', () => {
    child.once('exit', () => rmSync(profile, { recursive: true, force: true }))
    child.kill()
  })
  return browser
}

/** Where a started browser listens: it says so in a line of its errors. */
function endpointOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => reject(new Error('The browser ended before it listened.')))
    createInterface({ input: child.stderr! }).on('line', (line) => {
      const [, endpoint] = /^DevTools listening on (\S+)/.exec(line) ?? []
      if (endpoint) resolve(endpoint)
    })
  })
}
