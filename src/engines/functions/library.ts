import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { EngineContext } from '../kit/node/engine.ts'
import { writeFileAtomic } from '../kit/node/files.ts'
import { realTime } from '../kit/node/real-time.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { uuid } from '../kit/pure/ids.ts'
import { codeDigest, codeState, recoverCode, replaceCode } from './code.ts'
import { type FunctionInfo, FunctionName, FunctionSettings, LATEST, splitRef } from './contract.ts'
import { conflict, functionArn, invalid, noFunction, outdated } from './errors.ts'
import { Layers } from './layers.ts'
import type { Deployed } from './runner.ts'
import type { FunctionStore, KnownFunction } from './store.ts'
import { type PublishOptions, Versions } from './versions.ts'
import type { ZippedFile } from './zip.ts'

/** Files are looked at again this often at most while a function is busy. Real time. */
const LOOK_EVERY_MS = 500

interface NewCode {
  readonly files: readonly ZippedFile[]
  /** Of the zip that they came in. */
  readonly sha256?: string
}

interface Read {
  readonly settings: FunctionSettings
  readonly known: KnownFunction
}

/**
 * The functions of a workspace, as files that git and editors see too: `functions/NAME.json` are a function's settings, `functions/NAME/`
 * is its code. What changes outside counts with the next request. A function is asked for as `NAME` or `NAME:QUALIFIER`.
 */
export class Library {
  readonly versions: Versions
  readonly layers: Layers
  private readonly root: string
  private readonly context: Pick<EngineContext<unknown>, 'clock' | 'random' | 'log'>
  private readonly store: FunctionStore
  private readonly looked = new Map<string, { atMs: number; read: Read }>()

  constructor(
    context: Pick<EngineContext<unknown>, 'clock' | 'random' | 'log' | 'workspaceDirectory' | 'directory'>,
    store: FunctionStore,
  ) {
    this.root = join(context.workspaceDirectory, 'functions')
    this.context = context
    this.store = store
    this.versions = new Versions(this.root, context)
    this.layers = new Layers(context.workspaceDirectory, join(context.directory, 'opt'))
    for (const name of this.names()) recoverCode(this.directory(name))
  }

  directory(name: string): string {
    return join(this.root, name)
  }

  list(): FunctionInfo[] {
    return this.names().flatMap((name) => {
      try {
        return [this.describe(name)]
      } catch (thrown) {
        this.context.log.warn(EngineError.from(thrown).message)
        return []
      }
    })
  }

  describe(ref: string): FunctionInfo {
    const { name, qualifier = LATEST } = splitRef(ref)
    const version = this.versions.resolve(this.existing(name), qualifier)
    const arn = functionArn(ref)
    if (version !== LATEST) {
      const { source: _, ...published } = this.versions.get(name, version)
      const layerBytes = this.layers.bytes(published.layers)
      return { ...published, name, version, arn, layerBytes, directory: this.versions.directory(name, version) }
    }
    const { settings, known } = this.read(name)
    const { modifiedMs, revisionId, codeSha256, codeBytes } = known
    const layerBytes = this.layers.bytes(settings.layers)
    const directory = this.directory(name)
    return { ...settings, name, version, arn, modifiedMs, revisionId, codeSha256, codeBytes, layerBytes, directory }
  }

  publish(name: string, options: PublishOptions): FunctionInfo {
    const { settings } = this.read(name, options.revisionId)
    return this.describe(`${name}:${this.versions.publish(this.describe(name), settings, options)}`)
  }

  listVersions(name: string): FunctionInfo[] {
    return [LATEST, ...this.versions.numbers(this.existing(name))].map((version) => this.describe(`${name}:${version}`))
  }

  deleteVersion(name: string, version: string): void {
    this.versions.delete(this.existing(name), version)
    this.sweepLayers()
  }

  deleteLayer(name: string, version: number): void {
    this.layers.delete(name, version)
    this.sweepLayers()
  }

  /** Where a function's document cannot be read nobody knows which layers it has: then all of them stay. */
  private sweepLayers(): void {
    try {
      this.layers.sweep(() => this.usedLayers())
    } catch (thrown) {
      this.context.log.warn(`Deleted layers stay: ${EngineError.from(thrown).message}`)
    }
  }

  /** ARNs of the layers that some version of some function has. */
  private usedLayers(): Set<string> {
    return new Set(
      this.names().flatMap((name) => [
        ...this.read(name).settings.layers,
        ...this.versions.numbers(name).flatMap((version) => this.versions.get(name, version).layers),
      ]),
    )
  }

  /** The function as it is to be run now; `dice` from 0 to 1 chooses among the versions of an alias. */
  deployed(ref: string, dice = 1): Deployed {
    const { name, qualifier = LATEST } = splitRef(ref)
    const version = this.versions.resolve(this.existing(name), qualifier, dice)
    const arn = functionArn(ref)
    if (version === LATEST) return { ...this.deployedLatest(name), arn }
    const settings = this.versions.get(name, version)
    const directory = this.versions.directory(name, version)
    const mount = this.layers.mount(settings.layers)
    return { name, version, arn, settings, directory, mount, generation: settings.revisionId }
  }

  private deployedLatest(name: string): Omit<Deployed, 'arn'> {
    const seen = this.looked.get(name)
    const nowMs = realTime.monotonicMs()
    let read = seen?.read
    if (!read || nowMs - seen!.atMs > LOOK_EVERY_MS) {
      read = this.read(name)
      this.looked.set(name, { atMs: nowMs, read })
    }
    const { settings, known } = read
    const mount = this.layers.mount(settings.layers)
    const generation = `${known.settings} ${known.codeSignature}`
    return { name, version: LATEST, settings, directory: this.directory(name), mount, generation }
  }

  create(name: string, settings: FunctionSettings, code: NewCode): FunctionInfo {
    if (existsSync(this.document(name))) throw conflict(`Function already exist: ${name}`)
    requireNoLayers(settings)
    this.layers.check(bytesOf(code), settings.layers)
    replaceCode(this.directory(name), code.files)
    this.write(name, settings)
    return this.remember(name, settings, code.sha256)
  }

  updateCode(name: string, code: NewCode, revisionId?: string): FunctionInfo {
    const { settings } = this.read(name, revisionId)
    this.layers.check(bytesOf(code), settings.layers, settings.layers)
    replaceCode(this.directory(name), code.files)
    return this.remember(name, settings, code.sha256)
  }

  updateSettings(name: string, changes: Partial<FunctionSettings>, revisionId?: string): FunctionInfo {
    const { settings, known } = this.read(name, revisionId)
    const changed = { ...settings, ...changes }
    requireNoLayers(changed)
    this.layers.check(known.codeBytes, changed.layers, settings.layers)
    this.write(name, changed)
    if (changes.layers) this.sweepLayers()
    return this.remember(name, changed, known.codeSha256)
  }

  delete(name: string): void {
    this.read(name)
    rmSync(this.document(name))
    rmSync(this.directory(name), { recursive: true, force: true })
    this.versions.deleteAll(name)
    this.store.deleteFunction(name)
    this.looked.delete(name)
    this.sweepLayers()
  }

  private names(): string[] {
    if (!existsSync(this.root)) return []
    return readdirSync(this.root, { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
      .map((entry) => entry.name.slice(0, -'.json'.length))
      .filter((name) => FunctionName.safeParse(name).success)
      .sort()
  }

  private document(name: string): string {
    return join(this.root, `${name}.json`)
  }

  private read(name: string, revisionId?: string): Read {
    const text = readFileSync(this.document(this.existing(name)), 'utf8')
    const settings = parse(text, `functions/${name}.json`)
    const state = codeState(this.directory(name))
    const before = this.store.known(name)
    const known =
      before?.settings === text && before.codeSignature === state.signature
        ? before
        : this.rememberAs(name, text, before?.codeSignature === state.signature ? before.codeSha256 : undefined)
    if (revisionId !== undefined && revisionId !== known.revisionId) throw outdated()
    return { settings, known }
  }

  private existing(name: string): string {
    if (!existsSync(this.document(name))) throw noFunction(name)
    return name
  }

  private write(name: string, settings: FunctionSettings): void {
    mkdirSync(this.root, { recursive: true })
    writeFileAtomic(this.document(name), `${JSON.stringify(settings, null, 2)}\n`)
  }

  private remember(name: string, settings: FunctionSettings, codeSha256: string | undefined): FunctionInfo {
    this.rememberAs(name, `${JSON.stringify(settings, null, 2)}\n`, codeSha256)
    this.looked.delete(name)
    return this.describe(name)
  }

  /** Without a zip's hash the code was changed by hand. */
  private rememberAs(name: string, text: string, codeSha256: string | undefined): KnownFunction {
    const { clock, random } = this.context
    const directory = this.directory(name)
    const { signature, bytes } = codeState(directory)
    const known = {
      revisionId: uuid(random),
      modifiedMs: clock.now(),
      settings: text,
      codeSha256: codeSha256 ?? codeDigest(directory),
      codeBytes: bytes,
      codeSignature: signature,
    }
    this.store.saveKnown(name, known)
    return known
  }
}

/** A program of its own cannot be led to where layers lie. */
function requireNoLayers({ runtime, layers }: FunctionSettings): void {
  if (runtime.startsWith('provided') && layers.length > 0)
    throw invalid(
      `Millrace does not support Layers with ${runtime}: this machine has no /opt for one function.`,
      'Layers',
    )
}

const bytesOf = ({ files }: NewCode) => files.reduce((sum, { data }) => sum + data.length, 0)

function parse(text: string, file: string): FunctionSettings {
  let problem: string
  try {
    const read = FunctionSettings.safeParse(JSON.parse(text))
    if (read.success) return read.data
    problem = z.prettifyError(read.error)
  } catch (thrown) {
    problem = (thrown as Error).message
  }
  throw invalid(`${file} does not describe a function: ${problem}`, file)
}
