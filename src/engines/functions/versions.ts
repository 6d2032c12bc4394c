import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { EngineContext } from '../kit/node/engine.ts'
import { writeFileAtomic } from '../kit/node/files.ts'
import { uuid } from '../kit/pure/ids.ts'
import { filesOf, sha256 } from './code.ts'
import { Alias, type FunctionInfo, FunctionSettings, LATEST } from './contract.ts'
import { conflict, functionArn, invalid, noAlias, noFunction, outdated } from './errors.ts'
import { Snapshots } from './snapshots.ts'

const Version = FunctionSettings.extend({
  modifiedMs: z.number(),
  revisionId: z.string(),
  codeSha256: z.string(),
  codeBytes: z.number().int(),
  /** Digest of the settings and the code that it was published from: the same are not published twice in a row. */
  source: z.string(),
})
export type Version = z.infer<typeof Version>

const Aliases = z.record(z.string(), Alias)

export interface PublishOptions {
  readonly description?: string
  readonly codeSha256?: string
  readonly revisionId?: string
}

export type AliasChange = Partial<Pick<Alias, 'version' | 'description' | 'additional'>>

/** Published versions and aliases of functions: `functions/NAME.versions/` has a snapshot of each version, and `aliases.json`. */
export class Versions {
  private readonly root: string
  private readonly context: Pick<EngineContext<unknown>, 'clock' | 'random'>

  constructor(root: string, context: Pick<EngineContext<unknown>, 'clock' | 'random'>) {
    this.root = root
    this.context = context
  }

  /** Their numbers, ascending. */
  numbers(name: string): string[] {
    return this.of(name).numbers().map(String)
  }

  get(name: string, version: string): Version {
    const found = this.of(name).get(Number(version))
    if (!found) throw noFunction(`${name}:${version}`)
    return found
  }

  directory(name: string, version: string): string {
    return this.of(name).folder(Number(version))
  }

  /** Answers the number; the last one again where nothing has changed since (Lambda guide, "Manage Lambda function versions"). */
  publish(latest: FunctionInfo, settings: FunctionSettings, options: PublishOptions): string {
    const { name, codeSha256, codeBytes, directory } = latest
    const { description = settings.description } = options
    if (options.codeSha256 !== undefined && options.codeSha256 !== codeSha256)
      throw invalid(
        `CodeSHA256 (${options.codeSha256}) is different from current CodeSHA256 in $LATEST (${codeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
        'CodeSha256',
      )
    const snapshots = this.of(name)
    const source = sha256(JSON.stringify([settings, codeSha256]))
    const { last } = snapshots
    if (snapshots.get(last)?.source === source) return String(last)
    const { clock, random } = this.context
    const version = {
      ...settings,
      description,
      modifiedMs: clock.now(),
      revisionId: uuid(random),
      codeSha256,
      codeBytes,
      source,
    }
    return String(snapshots.add(version, filesOf(directory)))
  }

  delete(name: string, version: string): void {
    const users = this.aliases(name).filter((alias) => versionsOf(alias).includes(version))
    if (users.length > 0)
      throw conflict(
        `Version ${version} of ${functionArn(name)} cannot be deleted: aliases [${users.map((alias) => alias.name).join(', ')}] point to it.`,
      )
    this.of(name).remove(Number(version))
  }

  aliases(name: string): Alias[] {
    return Object.values(this.readAliases(name)).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  alias(name: string, alias: string): Alias {
    const found = this.readAliases(name)[alias]
    if (!found) throw noAlias(`${name}:${alias}`)
    return found
  }

  createAlias(name: string, given: Omit<Alias, 'revisionId'>): Alias {
    const aliases = this.readAliases(name)
    if (aliases[given.name]) throw conflict(`Alias already exists: ${functionArn(`${name}:${given.name}`)}`)
    return this.saveAlias(name, aliases, given)
  }

  updateAlias(name: string, alias: string, change: AliasChange, revisionId?: string): Alias {
    const before = this.alias(name, alias)
    if (revisionId !== undefined && revisionId !== before.revisionId) throw outdated()
    return this.saveAlias(name, this.readAliases(name), { ...before, ...change })
  }

  deleteAlias(name: string, alias: string): void {
    const { [alias]: _, ...others } = this.readAliases(name)
    this.writeAliases(name, others)
  }

  /** The version that a qualifier stands for. `dice` from 0 to 1 chooses, where an alias has two; without it the alias's own is meant. */
  resolve(name: string, qualifier: string, dice = 1): string {
    if (qualifier === LATEST || /^\d+$/.test(qualifier)) return qualifier
    const alias = this.readAliases(name)[qualifier]
    if (!alias) throw noFunction(`${name}:${qualifier}`)
    const { version, additional } = alias
    return additional && dice < additional.weight ? additional.version : version
  }

  deleteAll(name: string): void {
    rmSync(this.of(name).directory, { recursive: true, force: true })
  }

  private of(name: string): Snapshots<Version> {
    return new Snapshots(join(this.root, `${name}.versions`), Version)
  }

  private saveAlias(name: string, aliases: Record<string, Alias>, given: Omit<Alias, 'revisionId'>): Alias {
    const { version, additional } = given
    if (additional) {
      if ([version, additional.version].includes(LATEST))
        throw invalid('$LATEST is not supported for an alias pointing to more than 1 version', 'RoutingConfig')
      if (additional.version === version)
        throw invalid(
          `Invalid function version ${version}. Function version ${version} is already included in routing configuration.`,
          'RoutingConfig',
        )
    }
    for (const each of versionsOf(given)) if (each !== LATEST) this.get(name, each)
    const alias = { ...given, revisionId: uuid(this.context.random) }
    this.writeAliases(name, { ...aliases, [alias.name]: alias })
    return alias
  }

  private readAliases(name: string): Record<string, Alias> {
    const file = this.aliasFile(name)
    return existsSync(file) ? Aliases.parse(JSON.parse(readFileSync(file, 'utf8'))) : {}
  }

  private writeAliases(name: string, aliases: Record<string, Alias>): void {
    writeFileAtomic(this.aliasFile(name), `${JSON.stringify(aliases, null, 2)}\n`)
  }

  private aliasFile(name: string): string {
    return join(this.of(name).directory, 'aliases.json')
  }
}

const versionsOf = ({ version, additional }: Pick<Alias, 'version' | 'additional'>): string[] =>
  additional ? [version, additional.version] : [version]
