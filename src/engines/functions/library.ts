import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { EngineContext } from '../kit/node/engine.ts'
import { writeFileAtomic } from '../kit/node/files.ts'
import { realTime } from '../kit/node/real-time.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { uuid } from '../kit/pure/ids.ts'
import { codeDigest, codeState, recoverCode, replaceCode } from './code.ts'
import { type FunctionInfo, FunctionName, FunctionSettings } from './contract.ts'
import { conflict, functionArn, invalid, noFunction } from './errors.ts'
import type { Deployed } from './runner.ts'
import type { FunctionStore, KnownFunction } from './store.ts'
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
 * is its code. What changes outside counts with the next request.
 */
export class Library {
  private readonly root: string
  private readonly context: Pick<EngineContext<unknown>, 'clock' | 'random' | 'log'>
  private readonly store: FunctionStore
  private readonly looked = new Map<string, { atMs: number; read: Read }>()

  constructor(
    context: Pick<EngineContext<unknown>, 'clock' | 'random' | 'log' | 'workspaceDirectory'>,
    store: FunctionStore,
  ) {
    this.root = join(context.workspaceDirectory, 'functions')
    this.context = context
    this.store = store
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

  describe(name: string): FunctionInfo {
    const { settings, known } = this.read(name)
    const { modifiedMs, revisionId, codeSha256, codeBytes } = known
    const directory = this.directory(name)
    return { ...settings, name, arn: functionArn(name), modifiedMs, revisionId, codeSha256, codeBytes, directory }
  }

  /** The function as it is to be run now. */
  deployed(name: string): Deployed {
    const seen = this.looked.get(name)
    const nowMs = realTime.monotonicMs()
    let read = seen?.read
    if (!read || nowMs - seen!.atMs > LOOK_EVERY_MS) {
      read = this.read(name)
      this.looked.set(name, { atMs: nowMs, read })
    }
    const { settings, known } = read
    return { name, settings, directory: this.directory(name), generation: `${known.settings} ${known.codeSignature}` }
  }

  create(name: string, settings: FunctionSettings, code: NewCode): FunctionInfo {
    if (existsSync(this.document(name))) throw conflict(`Function already exist: ${name}`)
    replaceCode(this.directory(name), code.files)
    this.write(name, settings)
    return this.remember(name, settings, code.sha256)
  }

  updateCode(name: string, code: NewCode, revisionId?: string): FunctionInfo {
    const { settings } = this.read(name, revisionId)
    replaceCode(this.directory(name), code.files)
    return this.remember(name, settings, code.sha256)
  }

  updateSettings(name: string, changes: Partial<FunctionSettings>, revisionId?: string): FunctionInfo {
    const { settings, known } = this.read(name, revisionId)
    const changed = { ...settings, ...changes }
    this.write(name, changed)
    return this.remember(name, changed, known.codeSha256)
  }

  delete(name: string): void {
    this.read(name)
    rmSync(this.document(name))
    rmSync(this.directory(name), { recursive: true, force: true })
    this.store.deleteFunction(name)
    this.looked.delete(name)
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
    const file = this.document(name)
    if (!existsSync(file)) throw noFunction(name)
    const text = readFileSync(file, 'utf8')
    const settings = parse(text, `functions/${name}.json`)
    const state = codeState(this.directory(name))
    const before = this.store.known(name)
    const known =
      before?.settings === text && before.codeSignature === state.signature
        ? before
        : this.rememberAs(name, text, before?.codeSignature === state.signature ? before.codeSha256 : undefined)
    if (revisionId !== undefined && revisionId !== known.revisionId)
      throw new EngineError(
        'PreconditionFailedException',
        'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
      )
    return { settings, known }
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
