import type { Clients } from '../../contract.ts'
import { alone } from '../../kit/node/duck/alone.ts'
import { type Duck, type DuckSession, duckError, identifier, literal } from '../../kit/node/duck.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { Cell } from '../../kit/pure/table.ts'
import { type CatalogColumn, columnsOf } from '../catalog.ts'
import { warehouseError } from '../errors.ts'
import type { Scope } from '../scope.ts'
import { checkFormats, type Field, fieldName, fieldOf } from './fields.ts'
import { findLines } from './lines.ts'
import { type LoadError, LoadFailed } from './load-errors.ts'
import type { CopyCommand } from './parse.ts'

export interface CopyDeps {
  readonly duck: Duck
  readonly lake: Clients['lake']
}

export interface Loaded {
  readonly rows: number
  readonly errors: readonly LoadError[]
}

interface Source {
  readonly uri: string
  readonly path: string
}

/** Loads files of the lake into a table, whole or not at all: the transaction is the caller's. */
export async function copyInto(command: CopyCommand, scope: Scope, deps: CopyDeps): Promise<Loaded> {
  const table = await scope.table(command.table, 'table')
  const copy = { ...command, table }
  const columns = await targetColumns(copy, scope)
  const badFormat = checkFormats(copy)
  if (badFormat) throw scope.error('22007', badFormat, copy.table)
  const sources = await locate(copy, scope, deps)
  const load = new Load(copy, scope, columns, sources, deps)
  const loaded = copy.format === 'PARQUET' ? await load.parquet() : await load.text()
  scope.changed(table)
  return loaded
}

async function targetColumns(copy: CopyCommand, scope: Scope): Promise<CatalogColumn[]> {
  const all = await columnsOf(scope.session, copy.table.schema, copy.table.name)
  const explicit = copy.on.has('EXPLICIT_IDS')
  const refuse = (code: string, message: string): never => {
    throw scope.error(code, message, copy.table)
  }
  if (!copy.columns) return all.filter((column) => explicit || !column.identitySequence || column.identityByDefault)
  return copy.columns.map((name) => {
    const column = all.find((its) => its.name.toLowerCase() === name)
    if (!column) return refuse('42703', `column "${name}" of relation "${copy.table.name}" does not exist`)
    if (column.identitySequence && !explicit && !column.identityByDefault)
      refuse('0A000', `cannot set identity column "${name}": use EXPLICIT_IDS`)
    return column
  })
}

const EntryList = (text: string): { url: string; mandatory: boolean }[] | undefined => {
  try {
    const parsed: unknown = JSON.parse(text)
    const entries = (parsed as { entries?: unknown }).entries
    if (!Array.isArray(entries)) return undefined
    return entries.map((entry: { url?: unknown; mandatory?: unknown }) => {
      if (typeof entry.url !== 'string' || !entry.url.startsWith('s3://')) throw new Error('url')
      return { url: entry.url, mandatory: entry.mandatory === true }
    })
  } catch {
    return undefined
  }
}

async function locate(copy: CopyCommand, scope: Scope, { lake, duck }: CopyDeps): Promise<Source[]> {
  const refuse = (message: string): never => {
    throw scope.error('XX000', message, copy.uriToken)
  }
  const bucket = (uri: string) => uri.slice('s3://'.length).split('/')[0]
  const exact = async (url: string) =>
    (await lake.locate({ uri: url })).filter((its) => `s3://${bucket(url)}/${its.key}` === url)
  const found: { uri: string; file: string }[] = []
  if (copy.manifest) {
    const [manifest] = await exact(copy.uri)
    if (!manifest) refuse(`The specified S3 manifest '${copy.uri}' does not exist`)
    const { body } = await lake.getObject({ bucket: bucket(copy.uri), key: manifest.key })
    const entries = EntryList(new TextDecoder().decode(body))
    if (!entries)
      return refuse(`The manifest '${copy.uri}' is not of the form {"entries": [{"url": "s3://…", "mandatory": true}]}`)
    for (const { url, mandatory } of entries) {
      const [object] = await exact(url)
      if (object) found.push({ uri: url, file: object.file })
      else if (mandatory) refuse(`Problem reading manifest file: the mandatory url '${url}' was not found`)
    }
  } else {
    const objects = (await lake.locate({ uri: copy.uri })).filter((its) => its.size > 0)
    found.push(...objects.map((its) => ({ uri: `s3://${bucket(copy.uri)}/${its.key}`, file: its.file })))
  }
  if (found.length === 0) refuse(`The specified S3 prefix '${copy.uri}' does not exist`)
  found.sort((a, b) => (a.uri < b.uri ? -1 : 1))
  return Promise.all(found.map(async ({ uri, file }) => ({ uri, path: await duck.readable(file) })))
}

class Load {
  private readonly copy: CopyCommand
  private readonly scope: Scope
  private readonly session: DuckSession
  private readonly columns: readonly CatalogColumn[]
  private readonly sources: readonly Source[]
  private readonly target: string
  private readonly fields: readonly Field[]
  private readonly deps: CopyDeps

  constructor(
    copy: CopyCommand,
    scope: Scope,
    columns: readonly CatalogColumn[],
    sources: readonly Source[],
    deps: CopyDeps,
  ) {
    this.deps = deps
    this.copy = copy
    this.scope = scope
    this.session = scope.session
    this.columns = columns
    this.sources = sources
    this.target = `${scope.name(copy.table)} (${columns.map((column) => identifier(column.name)).join(', ')})`
    this.fields = columns.map((column, i) => fieldOf(column, fieldName(i), copy))
  }

  private get options() {
    return { signal: this.scope.signal, onProgress: this.scope.onProgress }
  }

  /** Columns of Parquet files go to the table's by their order, and there must be as many. */
  async parquet(): Promise<Loaded> {
    const files = `[${this.sources.map(({ path }) => literal(path)).join(', ')}]`
    const from = `read_parquet(${files}, hive_partitioning = false)`
    try {
      const { columns } = await this.session.describe(`SELECT * FROM ${from}`)
      if (columns.length !== this.columns.length)
        throw this.scope.error(
          'XX000',
          `Spectrum Scan Error: the files have ${columns.length} columns (${columns.map((its) => its.name).join(', ')}), the load expects ${this.columns.length}`,
          this.copy.uriToken,
        )
      const list = columns.map((column, i) => `CAST(${identifier(column.name)} AS ${this.columns[i].duck})`)
      const rows = await this.session.run(
        `INSERT INTO ${this.target} SELECT ${list.join(', ')} FROM ${from}`,
        this.options,
      )
      return { rows, errors: [] }
    } catch (thrown) {
      if (thrown instanceof EngineError && !('failure' in thrown)) throw thrown
      const error = warehouseError(duckError(thrown), this.scope.sql, this.copy.uriToken.from)
      throw new EngineError(error.code, `Spectrum Scan Error: ${error.message}`, {
        domain: error.domain,
        at: error.at,
        cause: thrown,
      })
    }
  }

  /**
   * Rows go to a temporary table first, each with the place of its first bad field, because a failed statement would end DuckDB's
   * transaction. Only good rows leave it for the table, and only while the bad ones are within MAXERROR.
   */
  async text(): Promise<Loaded> {
    const stage = this.scope.unique('load')
    const rejects = this.scope.unique('rejects')
    const unstructured = this.copy.format === 'JSON' && (await this.isUnstructured())
    const from = this.source(this.sources, rejects, unstructured)
    await this.session.run(`CREATE TEMP TABLE ${identifier(stage)} AS ${this.staged(from)}`, this.options)
    const bad = await this.session.query(`SELECT count(*) FROM ${identifier(stage)} WHERE bad IS NOT NULL`)
    const total = Number(bad.values[0][0]) + (await this.rejectedLines(rejects)).length
    const errors = total > 0 ? await this.findErrors(unstructured) : []
    if (total > this.copy.maxError)
      throw new LoadFailed(this.copy.table.name, errors, this.scope.error('', '', this.copy.table).at)
    const values = this.fields.map((_, i) => `v${i}`)
    const rows = await this.session.run(
      `INSERT INTO ${this.target} SELECT ${values.join(', ')} FROM ${identifier(stage)} WHERE bad IS NULL`,
      this.options,
    )
    await this.session.run(`DROP TABLE ${identifier(stage)}`)
    return { rows, errors }
  }

  /** The fields converted, and which of them is bad: -1 for the whole row. */
  private staged(from: string): string {
    const values = this.fields.map(({ value, column }, i) => `CAST(${value} AS ${column.duck}) AS v${i}`)
    return `SELECT ${values.join(', ')}, ${this.firstBad()} AS bad FROM (${from})`
  }

  private firstBad(): string {
    const cases = this.fields.map(({ wrong }, i) => `WHEN ${wrong} THEN ${i}`)
    const whole = this.copy.format === 'JSON' ? 'WHEN json IS NULL THEN -1 ' : ''
    return `(CASE ${whole}${cases.join(' ')} END)`
  }

  private source(sources: readonly Source[], rejects: string, unstructured: boolean): string {
    return this.copy.format === 'JSON' ? this.jsonSource(sources, unstructured) : this.csvSource(sources, rejects)
  }

  private get compression(): string {
    const { compression, format } = this.copy
    return `compression = '${compression === 'none' && format === 'JSON' ? 'uncompressed' : compression}'`
  }

  private csvSource(sources: readonly Source[], rejects: string): string {
    const { copy } = this
    const columns = this.columns.map((_, i) => `'c${i}': 'VARCHAR'`)
    const quote = copy.format === 'CSV' ? literal(copy.quote) : `''`
    const options = [
      `columns = {${columns.join(', ')}}`,
      'auto_detect = false',
      'header = false',
      `skip = ${copy.ignoreHeader}`,
      `delim = ${literal(copy.delimiter)}`,
      `quote = ${quote}`,
      `escape = ${quote}`,
      `nullstr = ${literal(copy.nullAs)}`,
      'allow_quoted_nulls = false',
      `null_padding = ${copy.on.has('FILLRECORD')}`,
      this.compression,
      'store_rejects = true',
      `rejects_table = ${literal(rejects)}`,
      `rejects_scan = ${literal(`${rejects}_scans`)}`,
      'rejects_limit = 0',
    ]
    return `SELECT * FROM read_csv([${sources.map(({ path }) => literal(path)).join(', ')}], ${options.join(', ')})`
  }

  /** Keys of the objects that are the columns' names, as JSON 'auto' has it; what no column is named after is left out. */
  private jsonSource(sources: readonly Source[], unstructured: boolean): string {
    const files = `[${sources.map(({ path }) => literal(path)).join(', ')}]`
    const how = unstructured ? `format = 'unstructured'` : `format = 'newline_delimited', ignore_errors = true`
    const read = `read_json_objects(${files}, ${how}, ${this.compression}, maximum_object_size = 16777216)`
    const ignoreCase = this.copy.jsonIgnoreCase
    const fields = this.columns.map((column, i) => {
      const key = ignoreCase
        ? `list_filter(json_keys(json), lambda k: lower(k) = ${literal(column.name.toLowerCase())})[1]`
        : literal(column.name)
      const pointer = `'/' || replace(replace(${key}, '~', '~0'), '/', '~1')`
      return `json_extract_string(json, ${ignoreCase ? pointer : literal(`/${column.name.replaceAll('~', '~0').replaceAll('/', '~1')}`)}) AS c${i}`
    })
    return `SELECT ${fields.join(', ')}, json FROM ${read}`
  }

  /** Whether objects stand behind each other without line ends, as a delivery stream may write them, or go over several lines. */
  private isUnstructured(): Promise<boolean> {
    const files = `[${this.sources.map(({ path }) => literal(path)).join(', ')}]`
    return alone(this.deps.duck, async (session) => {
      const broken = await session.query(
        `SELECT count(*) FROM read_json_objects(${files}, format = 'newline_delimited', ignore_errors = true, ${this.compression}, maximum_object_size = 16777216) WHERE json IS NULL`,
        { signal: this.scope.signal },
      )
      if (Number(broken.values[0][0]) === 0) return false
      return session
        .query(
          `SELECT count(*) FROM read_json_objects(${files}, format = 'unstructured', ${this.compression}, maximum_object_size = 16777216)`,
          {
            signal: this.scope.signal,
          },
        )
        .then(
          () => true,
          () => false,
        )
    })
  }

  private async rejectedLines(rejects: string): Promise<{ line: number; kind: string; text: string }[]> {
    if (this.copy.format === 'JSON') return []
    const { values } = await this.session.query(
      `SELECT line, any_value(error_type), any_value(csv_line) FROM ${identifier(rejects)} GROUP BY scan_id, file_id, line ORDER BY ALL`,
    )
    return values[0].map((line, i) => ({ line: Number(line), kind: String(values[1][i]), text: String(values[2][i]) }))
  }

  /** The bad rows with their files and lines, up to one more than is allowed. */
  private async findErrors(unstructured: boolean): Promise<LoadError[]> {
    const most = this.copy.maxError + 1
    const errors: LoadError[] = []
    for (const source of this.sources) {
      if (errors.length >= most) break
      const rejects = this.scope.unique('rejects')
      const fields = this.columns.map((_, i) => `c${i}`)
      const { values } = await this.session.query(
        `SELECT r, bad, ${fields.join(', ')} FROM (SELECT row_number() OVER () AS r, ${this.firstBad()} AS bad, *
           FROM (${this.source([source], rejects, unstructured)})) WHERE bad IS NOT NULL ORDER BY r LIMIT ${most}`,
        this.options,
      )
      const rejected = await this.rejectedLines(rejects)
      const wanted = new Set(values[0].map(Number))
      const places = unstructured
        ? new Map<number, { line: number; text: string }>()
        : await findLines(source.path, this.copy, wanted, new Set(rejected.map(({ line }) => line)))
      const here = rejected.map(({ line, kind, text }) => this.structural(source, line, kind, text))
      for (let i = 0; i < values[0].length; i++) {
        const record = Number(values[0][i])
        const which = Number(values[1][i])
        const place = places.get(record) ?? { line: record, text: '' }
        here.push(this.fieldError(source, place, which, which < 0 ? null : values[2 + which][i]))
      }
      errors.push(...here.sort((a, b) => a.line - b.line))
    }
    return errors.slice(0, most)
  }

  private base(source: Source, line: number, text: string) {
    const { schema, name } = this.copy.table
    return { schema, table: name, filename: source.uri, line, rawLine: text.slice(0, 1024) }
  }

  private structural(source: Source, line: number, kind: string, text: string): LoadError {
    const [code, reason] =
      kind === 'TOO MANY COLUMNS'
        ? [1202, 'Extra column(s) found']
        : kind === 'MISSING COLUMNS'
          ? [1201, 'Delimiter not found']
          : kind === 'INVALID ENCODING'
            ? [1220, 'String contains invalid or unsupported UTF8 codepoints']
            : [1216, `Invalid input line: ${kind.toLowerCase()}`]
    return {
      ...this.base(source, line, text),
      column: '',
      type: '',
      rawValue: '',
      code: Number(code),
      reason: String(reason),
    }
  }

  private fieldError(source: Source, place: { line: number; text: string }, which: number, value: Cell): LoadError {
    const base = this.base(source, place.line, place.text)
    if (which < 0) return { ...base, column: '', type: '', rawValue: '', code: 1216, reason: 'Invalid JSON' }
    const { column, errorCode, reason } = this.fields[which]
    const missing = value === null || (value === '' && !column.duck.startsWith('VARCHAR'))
    return {
      ...base,
      column: column.name,
      type: column.declared,
      rawValue: String(value ?? '').slice(0, 1024),
      code: missing ? 1213 : errorCode,
      reason: missing ? 'Missing data for not-null field' : reason,
    }
  }
}
