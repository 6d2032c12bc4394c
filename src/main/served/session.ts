import { existsSync } from 'node:fs'
import { realTime } from '../../engines/kit/node/real-time.ts'
import { readWorkspaceFile } from '../../engines/kit/node/workspace-file.ts'
import { EngineError } from '../../engines/kit/pure/errors.ts'
import { readOwner } from '../ownership.ts'
import { openSession, rendererDirectory, type Session } from '../session.ts'
import { workspaceToken } from './token.ts'

/** For the answer to reach the page, over a thread's port and a socket, before the socket closes. */
const ANSWER_MS = 100

export interface ServedSessionOptions {
  readonly workspaceDirectory: string
  readonly port: number
  readonly awsPort: number
  /** Another workspace is open now; or the same again, since `failure` kept the other from opening. */
  readonly onSwitch: (session: Session, failure?: EngineError) => void
}

/** What a page in a browser shows: one workspace, and later another in its place, at the same origin. */
export class ServedSession {
  private readonly options: ServedSessionOptions
  private directory: string
  private opened!: Session
  /** Settled unless a workspace is about to take another's place. */
  private switching: Promise<void> = Promise.resolve()

  static async open(options: ServedSessionOptions): Promise<ServedSession> {
    const made = new ServedSession(options)
    made.opened = await made.openHere(options.workspaceDirectory)
    return made
  }

  private constructor(options: ServedSessionOptions) {
    this.options = options
    this.directory = options.workspaceDirectory
  }

  get session(): Session {
    return this.opened
  }

  async stop(): Promise<void> {
    await this.switching
    await this.opened.stop()
  }

  private openHere(workspaceDirectory: string): Promise<Session> {
    const { port, awsPort } = this.options
    return openSession({
      workspaceDirectory,
      shell: 'served',
      port,
      awsPort,
      rendererDirectory: rendererDirectory(),
      echoLogs: true,
      served: this.opened?.served,
      switcher: { open: (directory) => this.switchTo(directory) },
    })
  }

  /** Answers where the page goes on. What can be known of the other workspace is said before this one closes. */
  private switchTo(directory: string): string {
    if (!existsSync(directory)) throw new EngineError('NoSuchFolder', `${directory} is not there any more.`)
    readWorkspaceFile(directory)
    const owner = readOwner(directory)
    if (owner) throw new EngineError('WorkspaceInUse', `It is open already, in process ${owner.pid}: ${owner.url}`)
    const address = `${this.opened.url}#token=${workspaceToken(directory)}`
    this.switching = this.replace(directory)
    return address
  }

  /** One closes before the other opens: the AWS port and the memory are one workspace's at a time. */
  private async replace(directory: string): Promise<void> {
    await realTime.sleep(ANSWER_MS)
    await this.opened.stop({ keepPages: true })
    let failure: EngineError | undefined
    try {
      this.opened = await this.openHere(directory)
      this.directory = directory
    } catch (thrown) {
      failure = EngineError.from(thrown)
      this.opened = await this.openHere(this.directory)
    }
    this.options.onSwitch(this.opened, failure)
  }
}
