import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'
import { type Clients, contracts } from '../../src/engines/contract.ts'
import { RpcConnection, remoteClients } from '../../src/engines/kit/pure/rpc.ts'
import { socketPort } from '../../src/main/served/socket.ts'

const root = resolve(import.meta.dirname, '../..')

/** The command line: of the built tree, as users have it, or of the sources, where a suite is run by itself. */
export const ENTRY = resolve(root, process.env.MILLRACE_ENTRY ?? 'out/main/cli.js')

/** What `millrace serve --json` says once it is ready. */
export interface Ready {
  url: string
  token: string
  aws: string
  workspace: string
  pid: number
  accessKeyId: string
  secretAccessKey: string
  region: string
}

/** A real Millrace process on a workspace of its own, as a user starts it. */
export class Millrace implements AsyncDisposable {
  readonly ready: Ready
  readonly process: ChildProcess
  private readonly home: string
  private readonly ownWorkspace: boolean
  private connection: RpcConnection | undefined

  private constructor(ready: Ready, child: ChildProcess, home: string, ownWorkspace: boolean) {
    this.ready = ready
    this.process = child
    this.home = home
    this.ownWorkspace = ownWorkspace
  }

  static async start(
    options: { workspace?: string; args?: string[]; env?: Record<string, string> } = {},
  ): Promise<Millrace> {
    const workspace = options.workspace ?? join(mkdtempSync(join(tmpdir(), 'millrace-e2e-')), 'workspace')
    const home = mkdtempSync(join(tmpdir(), 'millrace-home-'))
    const child = spawn(
      process.execPath,
      [
        ENTRY,
        'serve',
        '--workspace',
        workspace,
        '--port',
        '0',
        '--aws-port',
        '0',
        '--no-open',
        '--json',
        ...(options.args ?? []),
      ],
      {
        env: {
          ...process.env,
          MILLRACE_HOME: process.env.MILLRACE_HOME ?? home,
          MILLRACE_KEYCHAIN: 'off',
          ...options.env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let errors = ''
    child.stderr.on('data', (chunk) => {
      errors = (errors + chunk).slice(-20_000)
    })
    const ready = await new Promise<Ready>((done, failed) => {
      createInterface({ input: child.stdout }).once('line', (line) => done(JSON.parse(line)))
      child.once('exit', (code) =>
        failed(new Error(`millrace serve ended with ${code} before it was ready:\n${errors}`)),
      )
    })
    return new Millrace(ready, child, home, options.workspace === undefined)
  }

  /** The address with its token, as the terminal prints it. */
  get page(): string {
    return `${this.ready.url}#token=${this.ready.token}`
  }

  /** Typed clients over the same WebSocket that the page uses. */
  async clients(): Promise<Clients> {
    if (!this.connection || this.connection.isClosed) {
      const socket = new WebSocket(`${this.ready.url.replace('http', 'ws')}rpc?token=${this.ready.token}`)
      await new Promise((done, failed) => socket.once('open', done).once('error', failed))
      this.connection = new RpcConnection(socketPort(socket))
    }
    const { connection } = this
    return remoteClients<Clients>(contracts, () => connection)
  }

  /** Ends the process with a signal and waits for its end; gives the exit code. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.connection?.close()
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.process.exitCode
    const ended = new Promise<number | null>((done) => this.process.once('exit', (code) => done(code)))
    this.process.kill(signal)
    return ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
    rmSync(this.home, { recursive: true, force: true })
    if (this.ownWorkspace) rmSync(join(this.ready.workspace, '..'), { recursive: true, force: true })
  }
}
