import {
  type DuckDBDecimalType,
  type DuckDBListType,
  type DuckDBMapType,
  type DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api'

/** Whether Trino has one type for both: numbers of any width, dates and timestamps, and NULL beside anything. */
export function haveCommonType(one: DuckDBType, other: DuckDBType): boolean {
  const [a, b] = [family(one), family(other)]
  if (a === 'null' || b === 'null') return true
  if (a !== b) return false
  const [mine, others] = [membersOf(one), membersOf(other)]
  return mine.length === others.length && mine.every((member, i) => haveCommonType(member, others[i]))
}

const NUMBERS: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.FLOAT,
  DuckDBTypeId.DOUBLE,
  DuckDBTypeId.DECIMAL,
])

/** Types of what a list, row or map is made of. */
function membersOf(type: DuckDBType): readonly DuckDBType[] {
  switch (type.typeId) {
    case DuckDBTypeId.LIST:
      return [(type as DuckDBListType).valueType]
    case DuckDBTypeId.STRUCT:
      return (type as DuckDBStructType).entryTypes
    case DuckDBTypeId.MAP:
      return [(type as DuckDBMapType).keyType, (type as DuckDBMapType).valueType]
  }
  return []
}

/** Digits before the point that whole numbers of a type have at most. */
const WHOLE_DIGITS: Readonly<Partial<Record<DuckDBTypeId, number>>> = {
  [DuckDBTypeId.TINYINT]: 3,
  [DuckDBTypeId.SMALLINT]: 5,
  [DuckDBTypeId.INTEGER]: 10,
  [DuckDBTypeId.BIGINT]: 19,
  // A sum, which is a bigint to Trino.
  [DuckDBTypeId.HUGEINT]: 19,
}

/**
 * Whether a value of one type may stand where the other is wanted, with nothing lost (Trino documentation, "Types" and "INSERT"): whole numbers
 * go into wider ones, into fractions and into decimals that hold all their digits, a date into a timestamp; nothing goes back.
 */
export function coerces(from: DuckDBType, to: DuckDBType): boolean {
  if (!haveCommonType(from, to)) return false
  if (from.typeId === DuckDBTypeId.SQLNULL) return true
  const [mine, wanted] = [membersOf(from), membersOf(to)]
  if (mine.length > 0) return mine.every((member, i) => coerces(member, wanted[i]))
  if (NUMBERS.has(from.typeId)) return holdsNumbers(from, to)
  return to.typeId !== DuckDBTypeId.DATE ? isZoned(from) === isZoned(to) : from.typeId === DuckDBTypeId.DATE
}

const isZoned = ({ typeId }: DuckDBType): boolean => typeId === DuckDBTypeId.TIMESTAMP_TZ

function holdsNumbers(from: DuckDBType, to: DuckDBType): boolean {
  switch (to.typeId) {
    case DuckDBTypeId.DOUBLE:
      return true
    case DuckDBTypeId.FLOAT:
      return from.typeId !== DuckDBTypeId.DOUBLE
  }
  const [mine, wanted] = [digitsOf(from), digitsOf(to)]
  if (!mine || !wanted) return false
  if (from.typeId === DuckDBTypeId.DECIMAL && to.typeId !== DuckDBTypeId.DECIMAL) return false
  return mine.whole <= wanted.whole && mine.fraction <= wanted.fraction
}

/** Undefined for floating point numbers. */
function digitsOf(type: DuckDBType): { whole: number; fraction: number } | undefined {
  const whole = WHOLE_DIGITS[type.typeId]
  if (whole !== undefined) return { whole, fraction: 0 }
  if (type.typeId !== DuckDBTypeId.DECIMAL) return undefined
  const { width, scale } = type as DuckDBDecimalType
  return { whole: width - scale, fraction: scale }
}

function family({ typeId, alias }: DuckDBType): string {
  if (typeId === DuckDBTypeId.SQLNULL) return 'null'
  if (NUMBERS.has(typeId)) return 'number'
  const name = DuckDBTypeId[typeId]
  return alias ?? (/^(DATE|TIMESTAMP)/.test(name) ? 'date' : name)
}
