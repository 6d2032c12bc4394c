import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { EngineContext } from '../kit/node/engine.ts'
import { makeFolder, syncFolder, writeFileAtomic } from '../kit/node/files.ts'
import type { FileWriter } from './client/writer.ts'
import { HdfsConfig, readConfig } from './config.ts'
import type { NodeInput } from './contract.ts'
import { hadoop } from './errors.ts'
import { OpenCluster } from './open-cluster.ts'

const LOCAL = 'local'
/** No node of `local` can have this name for its folder. */
const OTHERS = '_clusters'
const CONFIG = 'hdfs.json'
const KEY = 'key'
const KEY_BYTES = 32

const OwnConfig = HdfsConfig.extend({ encrypted: z.boolean().default(false) })
type OwnConfig = z.infer<typeof OwnConfig>

/**
 * All clusters: `local`, which lies in the engine's own folder, and those that were made, each in a folder `_clusters/<name>` that is one as
 * long as it has an `hdfs.json`.
 */
export class Clusters {
  private readonly context: EngineContext<unknown>
  private readonly open = new Map<string, OpenCluster>()
  private readonly configs = new Map<string, OwnConfig>()
  /** Clusters and nodes come and go one after the other. */
  private turn: Promise<unknown> = Promise.resolve()

  constructor(context: EngineContext<unknown>) {
    this.context = context
  }

  async start(): Promise<void> {
    const { directory, settings, workspaceDirectory } = this.context
    const config = readConfig(workspaceDirectory)
    const port = typeof settings.port === 'number' ? settings.port : config.port
    this.open.set(LOCAL, await OpenCluster.open({ context: this.context, directory, config, port }))
    const folder = join(directory, OTHERS)
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const file = join(folder, name, CONFIG)
      // A kill may have come in the middle of making or deleting it.
      if (!existsSync(file)) await rm(join(folder, name), { recursive: true, force: true })
      else await this.openOther(name, OwnConfig.parse(JSON.parse(readFileSync(file, 'utf8'))))
    }
  }

  get(name: string): OpenCluster {
    const found = this.open.get(name)
    if (!found) throw hadoop('IllegalArgumentException', `There is no HDFS cluster ${name}.`)
    return found
  }

  names(): string[] {
    return [...this.open.keys()]
  }

  /** Does it to a file that is being written, whichever cluster it is in. */
  use<T>(handle: string, act: (writer: FileWriter) => Promise<T>, last = false): Promise<T> {
    const holder = [...this.open.values()].find(({ handles }) => handles.has(handle)) ?? this.get(LOCAL)
    return holder.handles.use(handle, act, last)
  }

  create(name: string, given: z.input<typeof OwnConfig>): Promise<OpenCluster> {
    return this.inTurn(async () => {
      const there = this.open.get(name)
      if (there) return there
      const config = OwnConfig.parse(given)
      makeFolder(this.folder(name))
      if (config.encrypted) writeFileAtomic(join(this.folder(name), KEY), randomBytes(KEY_BYTES), { mode: 0o600 })
      this.keep(name, config)
      return this.openOther(name, config)
    })
  }

  delete(name: string): Promise<void> {
    return this.inTurn(async () => {
      const cluster = this.open.get(name)
      this.requireOther(name)
      this.open.delete(name)
      this.configs.delete(name)
      const folder = this.folder(name)
      // From here on it is none, whatever of it is left.
      await rm(join(folder, CONFIG), { force: true })
      if (existsSync(folder)) syncFolder(folder)
      await cluster?.close()
      await rm(folder, { recursive: true, force: true })
    })
  }

  addNodes(name: string, nodes: readonly NodeInput[]): Promise<void> {
    return this.inTurn(async () => {
      const { cluster } = this.get(name)
      const config = this.configOf(name)
      const fresh = nodes.filter((node) => !config.nodes.some((its) => its.name === node.name))
      this.keep(name, { ...config, nodes: [...config.nodes, ...fresh] })
      for (const node of fresh) cluster.addNode(node)
      cluster.changed()
    })
  }

  removeNode(name: string, node: string): Promise<void> {
    return this.inTurn(async () => {
      const { cluster } = this.get(name)
      const config = this.configOf(name)
      cluster.node(node)
      if (config.nodes.length === 1)
        throw hadoop('IllegalArgumentException', `${node} is the last node of the cluster ${name}.`)
      this.keep(name, { ...config, nodes: config.nodes.filter((its) => its.name !== node) })
      await cluster.removeNode(node)
      await rm(join(this.folder(name), node), { recursive: true, force: true })
    })
  }

  async close(): Promise<void> {
    await this.turn
    for (const cluster of this.open.values()) await cluster.close()
  }

  private async openOther(name: string, config: OwnConfig): Promise<OpenCluster> {
    const directory = this.folder(name)
    const key = config.encrypted ? readFileSync(join(directory, KEY)) : undefined
    this.configs.set(name, config)
    const opened = await OpenCluster.open({ context: this.context, directory, config, port: 0, ...(key && { key }) })
    this.open.set(name, opened)
    return opened
  }

  private keep(name: string, config: OwnConfig): void {
    this.configs.set(name, config)
    writeFileAtomic(join(this.folder(name), CONFIG), `${JSON.stringify(config, null, 2)}\n`)
  }

  private configOf(name: string): OwnConfig {
    this.requireOther(name)
    return this.configs.get(name)!
  }

  private requireOther(name: string): void {
    if (name === LOCAL) throw hadoop('IllegalArgumentException', `The nodes of ${LOCAL} are those of ${CONFIG}.`)
  }

  private folder(name: string): string {
    return join(this.context.directory, OTHERS, name)
  }

  private inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.turn.catch(() => {}).then(act)
    this.turn = done.catch(() => {})
    return done
  }
}
