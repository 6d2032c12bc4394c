import { existsSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { EngineContext } from '../kit/node/engine.ts'
import { writeFileAtomic } from '../kit/node/files.ts'
import { diskFiles } from '../kit/node/journal.ts'
import type { Timer } from '../kit/pure/clock.ts'
import { Wake } from '../kit/pure/wake.ts'
import type { AdminState } from './blocks/nodes.ts'
import { Cluster } from './cluster.ts'
import type { HdfsConfig } from './config.ts'
import type { ClusterStatus } from './contract.ts'
import { encryptedFiles } from './datanode/encrypted-files.ts'
import { ReplicaFiles } from './datanode/replica-files.ts'
import { Handles } from './handles.ts'
import type { Caller } from './namenode/access.ts'
import { FileEditLog } from './namenode/edit-log.ts'
import { clusterStatus } from './status.ts'
import { WebHdfs } from './webhdfs/server.ts'

/** dfs.datanode.scan.period.hours */
const SCAN_MS = 504 * 3600_000

/** What a cluster remembers beside its blocks and its namespace. */
interface Kept {
  readonly leaving: Readonly<Record<string, AdminState>>
  readonly scannedMs: number
}

export interface ClusterOptions {
  readonly context: Pick<EngineContext<unknown>, 'clock' | 'random' | 'log'>
  /** Its own: a folder for each DataNode, and one for the NameNode. */
  readonly directory: string
  readonly config: HdfsConfig
  /** Of WebHDFS. */
  readonly port: number
  /** Of 32 bytes, where blocks are encrypted. */
  readonly key?: Buffer
}

/** A cluster that runs: with its address, the files that callers are writing, and its scan of all replicas every three weeks. */
export class OpenCluster {
  readonly cluster: Cluster
  readonly handles = new Handles()
  readonly caller: Caller
  private readonly options: ClusterOptions
  private readonly changed = new Wake()
  private readonly file: string
  private kept: Kept
  private web: WebHdfs | undefined
  private scanner: Timer | undefined

  private constructor(options: ClusterOptions) {
    const { context, directory, config, key } = options
    const { clock, random, log } = context
    const superuser = userInfo().username
    const files = key ? encryptedFiles(diskFiles, key) : diskFiles
    this.options = options
    this.caller = { user: superuser, superuser: true }
    this.file = join(directory, 'cluster.json')
    this.kept = existsSync(this.file)
      ? (JSON.parse(readFileSync(this.file, 'utf8')) as Kept)
      : { leaving: {}, scannedMs: clock.now() }
    this.cluster = new Cluster({
      config,
      clock,
      random,
      superuser,
      log: new FileEditLog(join(directory, 'namenode'), (message) => log.warn(message)),
      storeOf: (node) => new ReplicaFiles(join(directory, node), files),
      leaving: new Map(Object.entries(this.kept.leaving)),
      changed: () => this.changed.wake(),
      warn: (message, thrown) => log.warn(`${message}: ${thrown instanceof Error ? thrown.message : String(thrown)}`),
    })
  }

  static async open(options: ClusterOptions): Promise<OpenCluster> {
    const opened = new OpenCluster(options)
    await opened.cluster.start()
    opened.web = await WebHdfs.open(opened.cluster, options.port)
    opened.planScan()
    return opened
  }

  status(): ClusterStatus {
    return clusterStatus(this.cluster, this.web!.url)
  }

  async *watch(signal: AbortSignal): AsyncGenerator<ClusterStatus> {
    while (!signal.aborted) {
      const next = this.changed.wait(signal)
      yield this.status()
      await next
    }
  }

  decommission(node: string): void {
    this.cluster.decommission(node)
    this.keepLeaving()
  }

  recommission(node: string): void {
    this.cluster.recommission(node)
    this.keepLeaving()
  }

  /** Resolves once nothing of the cluster needs the node, or it is dead, which frees nobody any more. */
  async drained(node: string, signal: AbortSignal): Promise<void> {
    this.decommission(node)
    while (!signal.aborted) {
      const next = this.changed.wait(signal)
      const { admin, alive } = this.cluster.node(node)
      if (admin === 'decommissioned' || !alive) return this.keepLeaving()
      await next
    }
    throw signal.reason
  }

  async scan(): Promise<{ replicas: number; corrupt: number }> {
    const found = await this.cluster.redundancy.scan()
    this.keep({ scannedMs: this.options.context.clock.now() })
    this.planScan()
    return found
  }

  async close(): Promise<void> {
    this.scanner?.cancel()
    await this.web?.close()
    await this.handles.abandonAll()
    await this.cluster.close()
  }

  private planScan(): void {
    const { clock, log } = this.options.context
    this.scanner?.cancel()
    this.scanner = clock.at(this.kept.scannedMs + SCAN_MS, () =>
      this.scan().then(({ corrupt }) => log.info(`scanned, ${corrupt} corrupt`)),
    )
  }

  private keepLeaving(): void {
    const leaving = [...this.cluster.nodes.values()].filter(({ admin }) => admin !== 'normal')
    this.keep({ leaving: Object.fromEntries(leaving.map(({ name, admin }) => [name, admin])) })
  }

  private keep(change: Partial<Kept>): void {
    this.kept = { ...this.kept, ...change }
    writeFileAtomic(this.file, `${JSON.stringify(this.kept, null, 2)}\n`)
  }
}
