import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { arn } from '../kit/pure/ids.ts'
import { filesOf, replaceCode, sha256 } from './code.ts'
import { LayerSettings, type LayerVersion } from './contract.ts'
import { invalid } from './errors.ts'
import { Snapshots } from './snapshots.ts'
import { UNPACKED_BYTES_MAX, type ZippedFile } from './zip.ts'

const LAYERS_MAX = 5

const Stored = LayerSettings.extend({
  createdMs: z.number(),
  codeSha256: z.string(),
  bytes: z.number().int(),
  /** Nobody new can have it; it stays for the functions that do. */
  deleted: z.boolean().default(false),
})
type Stored = z.infer<typeof Stored>

interface Found {
  readonly info: LayerVersion
  readonly deleted: boolean
}

const ARN = /^arn:aws:lambda:[a-z0-9-]+:\d{12}:layer:([a-zA-Z0-9-_]{1,140}):([1-9]\d*)$/

/** Layers, as files of the workspace: `layers/NAME/` has a snapshot of each version. */
export class Layers {
  private readonly root: string
  private readonly mounts: string

  /** `mounts` is a folder for what several layers make together: it can be made again at any time. */
  constructor(workspaceDirectory: string, mounts: string) {
    this.root = join(workspaceDirectory, 'layers')
    this.mounts = mounts
    rmSync(mounts, { recursive: true, force: true })
  }

  /** All versions that can be had, by name and number. */
  list(): LayerVersion[] {
    return this.all().flatMap(({ info, deleted }) => (deleted ? [] : [info]))
  }

  publish(
    name: string,
    settings: LayerSettings,
    files: readonly ZippedFile[],
    sha: string,
    nowMs: number,
  ): LayerVersion {
    const bytes = files.reduce((sum, { data }) => sum + data.length, 0)
    const stored = { ...settings, createdMs: nowMs, codeSha256: sha, bytes, deleted: false }
    return this.find(name, this.of(name).add(stored, files))!.info
  }

  /** Functions that have it keep it, until they are swept. */
  delete(name: string, version: number): void {
    const layers = this.of(name)
    const stored = layers.get(version)
    if (stored) layers.save(version, { ...stored, deleted: true })
  }

  /** Takes away what was deleted and is not used. `used` is asked for where there is any. */
  sweep(used: () => ReadonlySet<string>): void {
    const gone = this.all().filter(({ deleted }) => deleted)
    if (gone.length === 0) return
    const kept = used()
    for (const { name, version, arn } of gone.map(({ info }) => info)) if (!kept.has(arn)) this.of(name).remove(version)
  }

  /** Of each, in order; 0 for one that somebody took away by hand. */
  bytes(arns: readonly string[]): number[] {
    return arns.map((each) => this.byArn(each)?.info.bytes ?? 0)
  }

  /** Refuses what a function cannot have, and what is larger than Lambda takes. `before` are the layers that it has. */
  check(codeBytes: number, arns: readonly string[], before: readonly string[] = []): void {
    if (arns.length > LAYERS_MAX) throw invalid(`Cannot reference more than ${LAYERS_MAX} layers.`, 'Layers')
    const names = arns.map((each) => ARN.exec(each)?.[1])
    if (new Set(names).size < names.length)
      throw invalid(
        'Two different versions of the same layer are not allowed to be referenced in the same function.',
        'Layers',
      )
    const gone = arns.find((each) => (this.byArn(each)?.deleted ?? true) && !before.includes(each))
    if (gone !== undefined) throw missing(gone)
    const bytes = this.bytes(arns).reduce((sum, each) => sum + each, codeBytes)
    if (bytes > UNPACKED_BYTES_MAX)
      throw invalid(
        `Function code combined with layers exceeds the maximum allowed size of ${UNPACKED_BYTES_MAX} bytes. The actual size is ${bytes} bytes.`,
      )
  }

  /** The folder that stands for /opt: the files of all of them, a later layer's in the place of an earlier one's. */
  mount(arns: readonly string[]): string | undefined {
    if (arns.length === 0) return undefined
    const directory = join(this.mounts, sha256(arns.join('\n')).replaceAll('/', '_'))
    if (!existsSync(directory)) {
      const files = new Map(arns.flatMap((each) => this.filesOf(each)).map((file) => [file.path, file]))
      replaceCode(directory, [...files.values()])
    }
    return directory
  }

  private filesOf(text: string): ZippedFile[] {
    const found = this.byArn(text)
    if (!found) throw missing(text)
    return filesOf(found.info.directory)
  }

  private all(): Found[] {
    if (!existsSync(this.root)) return []
    return readdirSync(this.root)
      .sort()
      .flatMap((name) =>
        this.of(name)
          .numbers()
          .map((version) => this.find(name, version)!),
      )
  }

  private byArn(text: string): Found | undefined {
    const [, name, version] = ARN.exec(text) ?? []
    return name === undefined ? undefined : this.find(name, Number(version))
  }

  private find(name: string, version: number): Found | undefined {
    const layers = this.of(name)
    const stored = layers.get(version)
    if (!stored) return undefined
    const { deleted, ...info } = stored
    const place = { name, version, arn: layerArn(name, version), directory: layers.folder(version) }
    return { deleted, info: { ...info, ...place } }
  }

  private of(name: string): Snapshots<Stored> {
    return new Snapshots(join(this.root, name), Stored)
  }
}

const layerArn = (name: string, version: number): string => arn('lambda', `layer:${name}:${version}`)

const missing = (text: string) => invalid(`Layer version ${text} does not exist.`, 'Layers')
