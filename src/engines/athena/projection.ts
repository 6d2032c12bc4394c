import type { CatalogTable } from '../catalog/contract.ts'
import type { Clients } from '../contract.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { addUnits, formatter, isoDate, patternReader, unitsBetween } from '../kit/pure/expr/datetime.ts'
import { type DataFile, dataFiles } from './files.ts'
import { inRegex } from './serde/properties.ts'
import type { TableSlice } from './tables.ts'

/** One partition column that is projected: how its values look in a path, and which of them there are. */
interface Projected {
  /** A regular expression without groups. */
  readonly pattern: string
  /** The value of a text that fits the pattern, as the column has it; undefined where it is none of the projection. */
  value(text: string): string | undefined
}

export function isProjected(table: CatalogTable): boolean {
  return table.parameters['projection.enabled']?.trim().toLowerCase() === 'true' && table.partitionKeys.length > 0
}

/** The columns of a projected table whose values only a query can tell. */
export function injectedColumns(table: CatalogTable): string[] {
  if (!isProjected(table)) return []
  return table.partitionKeys
    .map((key) => key.name)
    .filter((name) => setting(table, name, 'type')?.toLowerCase() === 'injected')
}

/**
 * Partition projection (Athena User Guide, "Partition projection"): partitions are not looked up in the catalog but told by the table's
 * properties. Files are listed once, and those whose places are partitions of the projection taken, whatever their number would be.
 */
export async function projectedSlices(
  table: CatalogTable,
  lake: Pick<Clients['lake'], 'locate'>,
  nowMs: number,
): Promise<TableSlice[]> {
  const missing = table.partitionKeys.filter((key) => setting(table, key.name, 'type') === undefined)
  if (missing.length > 0) {
    const names = missing.map((key) => key.name).join(', ')
    throw invalid(
      `Table ${table.database}.${table.name} is configured for partition projection, but the following partition columns are missing projection configuration: [${names}]`,
    )
  }
  const columns = new Map(table.partitionKeys.map((key) => [key.name, projected(table, key, nowMs)]))
  const { prefix, expression, order } = templateOf(table, columns)
  const slices = new Map<string, { values: string[]; files: DataFile[] }>()
  for (const file of await dataFiles(lake, prefix)) {
    const found = expression.exec(file.uri)
    if (!found) continue
    const values = table.partitionKeys.map((key) => columns.get(key.name)!.value(found[order.indexOf(key.name) + 1]))
    if (values.includes(undefined)) continue
    const key = JSON.stringify(values)
    const slice = slices.get(key) ?? { values: values as string[], files: [] }
    slice.files.push(file)
    slices.set(key, slice)
  }
  return [...slices.values()]
}

/** Where partitions lie: the fixed part of all their locations, and what an object's URI must fit. */
function templateOf(table: CatalogTable, columns: ReadonlyMap<string, Projected>) {
  const hive = `${table.location}${table.partitionKeys.map(({ name }) => `${name}=\${${name}}/`).join('')}`
  const given = table.parameters['storage.location.template']
  const template = given === undefined || given.endsWith('/') ? (given ?? hive) : `${given}/`
  const order: string[] = []
  let source = '^'
  for (const part of template.split(/(\$\{[^}]+\})/)) {
    const name = /^\$\{([^}]+)\}$/.exec(part)?.[1].toLowerCase()
    if (name === undefined) {
      source += inRegex(part)
      continue
    }
    const column = columns.get(name)
    if (!column) throw invalid(`storage.location.template of ${table.name} names ${name}, which is no partition column`)
    if (order.includes(name)) source += `\\${order.indexOf(name) + 1}`
    else {
      order.push(name)
      source += `(${column.pattern})`
    }
  }
  const absent = table.partitionKeys.find((key) => !order.includes(key.name))
  if (absent)
    throw invalid(`storage.location.template of ${table.name} does not name the partition column ${absent.name}`)
  return { prefix: template.slice(0, template.indexOf('${')), expression: new RegExp(source), order }
}

function projected(table: CatalogTable, key: { name: string; type: string }, nowMs: number): Projected {
  const type = setting(table, key.name, 'type')!.toLowerCase()
  switch (type) {
    case 'enum': {
      const values = needed(table, key.name, 'values').split(',')
      return { pattern: values.map(inRegex).join('|'), value: (text) => text }
    }
    case 'integer':
      return integers(table, key.name)
    case 'date':
      return dates(table, key, nowMs)
    case 'injected':
      return { pattern: '[^/]+', value: (text) => text }
  }
  throw invalid(
    `The projection type ${type} of ${table.name}.${key.name} is not known: enum, integer, date, injected are`,
  )
}

function integers(table: CatalogTable, name: string): Projected {
  const bounds = needed(table, name, 'range')
    .split(',')
    .map((text) => text.trim())
  if (bounds.length !== 2 || !bounds.every((text) => /^-?\d+$/.test(text)))
    throw invalid(`projection.${name}.range of ${table.name} must be two integers, such as 0,10`)
  const [first, last] = bounds.map(BigInt)
  const step = BigInt(positive(table, name, 'interval') ?? 1)
  const digits = positive(table, name, 'digits')
  return {
    pattern: '-?\\d+',
    value: (text) => {
      const number = BigInt(text)
      const shown = digits === undefined ? String(number) : padded(number, digits)
      const inside = number >= first && number <= last && (number - first) % step === 0n
      return inside && shown === text ? text : undefined
    },
  }
}

function padded(number: bigint, digits: number): string {
  return number < 0n ? `-${String(-number).padStart(digits, '0')}` : String(number).padStart(digits, '0')
}

const UNITS = 'YEAR|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND'
const NOW = new RegExp(`^\\s*NOW\\s*(?:([+-])\\s*(\\d+)\\s*(${UNITS})S?\\s*)?$`)

function dates(table: CatalogTable, key: { name: string; type: string }, nowMs: number): Projected {
  const format = needed(table, key.name, 'format')
  const [read, write] = [patternReader(format), formatter(format)]
  if (typeof read === 'string') throw invalid(`projection.${key.name}.format of ${table.name}: ${read}`)
  if (typeof write === 'string') throw invalid(`projection.${key.name}.format of ${table.name}: ${write}`)
  // A bound is as precise as the format is, whatever the clock says beside.
  const bound = (text: string): number => {
    const now = NOW.exec(text)
    const unit = now?.[3]?.toLowerCase()
    const count = Number(now?.[2] ?? 0) * (now?.[1] === '-' ? -1 : 1)
    const ms = now ? (unit === undefined ? nowMs : addUnits(unit, count, nowMs)!) : read(text.trim())
    const precise = read(write(ms))
    if (Number.isNaN(precise))
      throw invalid(`projection.${key.name}.range of ${table.name} has "${text.trim()}", which does not fit ${format}`)
    return precise
  }
  const range = needed(table, key.name, 'range').split(',')
  if (range.length !== 2) throw invalid(`projection.${key.name}.range of ${table.name} must be two dates`)
  const [first, last] = range.map(bound)
  const unit = unitOf(table, key.name, format)
  const step = positive(table, key.name, 'interval') ?? 1
  const segments = format.split('/').map(() => '[^/]+')
  return {
    pattern: segments.join('/'),
    value: (text) => {
      const ms = read(text)
      if (Number.isNaN(ms) || ms < first || ms > last || write(ms) !== text) return undefined
      const units = unitsBetween(unit, first, ms)!
      if (units % step !== 0 || addUnits(unit, units, first) !== ms) return undefined
      return key.type.toLowerCase() === 'date' ? isoDate(ms) : text
    },
  }
}

/** The unit between one partition and the next: days or months where the format says so by itself. */
function unitOf(table: CatalogTable, name: string, format: string): string {
  const given = setting(table, name, 'interval.unit')?.toUpperCase()
  if (given !== undefined) {
    const unit = new RegExp(`^(${UNITS})S?$`).exec(given)?.[1]
    if (unit === undefined) throw invalid(`projection.${name}.interval.unit of ${table.name} is ${given}`)
    return unit.toLowerCase()
  }
  const letters = format.replace(/'[^']*'/g, '')
  if (!/[HmsS]/.test(letters)) {
    if (letters.includes('d')) return 'day'
    if (letters.includes('M')) return 'month'
  }
  throw invalid(
    `projection.${name}.interval.unit of ${table.name} is needed, since the format ${format} is not of days or months`,
  )
}

function setting(table: CatalogTable, column: string, name: string): string | undefined {
  return table.parameters[`projection.${column}.${name}`]?.trim()
}

function needed(table: CatalogTable, column: string, name: string): string {
  const value = table.parameters[`projection.${column}.${name}`]
  if (value === undefined) throw invalid(`projection.${column}.${name} of ${table.database}.${table.name} is missing`)
  return value
}

function positive(table: CatalogTable, column: string, name: string): number | undefined {
  const text = setting(table, column, name)
  if (text === undefined) return undefined
  if (!/^[1-9]\d*$/.test(text))
    throw invalid(`projection.${column}.${name} of ${table.name} must be a positive integer`)
  return Number(text)
}

const invalid = (message: string) => new EngineError('INVALID_TABLE_PROPERTY', message)
