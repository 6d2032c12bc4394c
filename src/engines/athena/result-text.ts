import {
  type DuckDBArrayType,
  type DuckDBListType,
  type DuckDBMapType,
  type DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api'
import { identifier, literal } from '../kit/node/duck.ts'

/** An expression that writes a value as Athena's result files and GetQueryResults have it: `8.0`, `[1, 2]`, `{a=1}`, `41 ff`. */
export function resultText(value: string, type: DuckDBType, depth = 0): string {
  const inner = `v${depth}`
  const part = (of: string, partType: DuckDBType) => `coalesce(${resultText(of, partType, depth + 1)}, 'null')`
  const joined = (list: string, each: string) =>
    `coalesce(array_to_string(list_transform(${list}, lambda ${inner}: ${each}), ', '), '')`
  const unlessNull = (text: string) => `CASE WHEN ${value} IS NOT NULL THEN ${text} END`
  switch (type.typeId) {
    case DuckDBTypeId.DOUBLE:
    case DuckDBTypeId.FLOAT:
      return `trino_double_text(${value})`
    case DuckDBTypeId.BLOB:
      return `rtrim(regexp_replace(lower(hex(${value})), '(..)', '\\1 ', 'g'))`
    case DuckDBTypeId.INTERVAL:
      return `trino_interval_text(${value})`
    case DuckDBTypeId.TIME:
      return `strftime(DATE '2001-01-01' + ${value}, '%H:%M:%S.%g')`
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_S:
    case DuckDBTypeId.TIMESTAMP_MS:
    case DuckDBTypeId.TIMESTAMP_NS:
      return `strftime(${value}, '%Y-%m-%d %H:%M:%S.%g')`
    case DuckDBTypeId.TIMESTAMP_TZ:
      return `strftime(${value}, '%Y-%m-%d %H:%M:%S.%g') || ' UTC'`
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY: {
      const { valueType } = type as DuckDBListType | DuckDBArrayType
      return unlessNull(`'[' || ${joined(value, part(inner, valueType))} || ']'`)
    }
    case DuckDBTypeId.MAP: {
      const { keyType, valueType } = type as DuckDBMapType
      const entry = `${part(`${inner}.key`, keyType)} || '=' || ${part(`${inner}.value`, valueType)}`
      return unlessNull(`'{' || ${joined(`map_entries(${value})`, entry)} || '}'`)
    }
    case DuckDBTypeId.STRUCT: {
      const { entryNames, entryTypes } = type as DuckDBStructType
      const members = entryNames.map(
        (name, i) => `${literal(`${name}=`)} || ${part(`${value}.${identifier(name)}`, entryTypes[i])}`,
      )
      return unlessNull(`'{' || ${members.join(` || ', ' || `)} || '}'`)
    }
  }
  return `${value}::VARCHAR`
}

const MANTISSA = `left(digits, 1) || '.' || coalesce(nullif(substring(digits, 2), ''), '0')`
const SCIENTIFIC = MANTISSA.replaceAll('digits', `trim(replace(abs(d)::VARCHAR, '.', ''), '0')`)

const MONTHS = `(datepart('year', i) * 12 + datepart('month', i))`

/** What `resultText` calls. Doubles are written as Java does: plain from 0.001 to below ten million, else `1.0E7`. */
export const RESULT_TEXT_MACROS: readonly string[] = [
  `CREATE OR REPLACE MACRO trino_double_text(d) AS CASE
     WHEN isnan(d) THEN 'NaN'
     WHEN isinf(d) THEN CASE WHEN d > 0 THEN 'Infinity' ELSE '-Infinity' END
     WHEN d = 0 OR abs(d) >= 1e-3 AND abs(d) < 1e7 THEN d::VARCHAR
     WHEN contains(d::VARCHAR, 'e') THEN split_part(d::VARCHAR, 'e', 1)
       || CASE WHEN contains(d::VARCHAR, '.') THEN '' ELSE '.0' END || 'E' || split_part(d::VARCHAR, 'e', 2)::INTEGER
     ELSE CASE WHEN d < 0 THEN '-' ELSE '' END || ${SCIENTIFIC} || 'E'
       || CASE WHEN abs(d) < 1 THEN -4 ELSE strpos(abs(d)::VARCHAR, '.') - 2 END END`,
  // An interval of years and months has no days nor less, one of days and seconds no months.
  `CREATE OR REPLACE MACRO trino_interval_text(i) AS CASE WHEN ${MONTHS} <> 0
     THEN CASE WHEN ${MONTHS} < 0 THEN '-' ELSE '' END || abs(${MONTHS}) // 12 || '-' || abs(${MONTHS}) % 12
     ELSE CASE WHEN epoch_ms(i) < 0 THEN '-' ELSE '' END || abs(epoch_ms(i)) // 86400000 || ' '
       || strftime(make_timestamp(abs(epoch_ms(i)) % 86400000 * 1000), '%H:%M:%S.%g') END`,
]
