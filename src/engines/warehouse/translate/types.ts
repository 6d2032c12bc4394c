import { type DuckDBDecimalType, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api'
import { isName, sqlError, type Token } from './lex.ts'

export interface RedshiftType {
  /** DuckDB's type. */
  readonly duck: string
  /** In Redshift's words, as `pg_table_def` shows it. */
  readonly declared: string
  /** Greatest length in bytes, of texts. */
  readonly length?: number
}

const PLAIN: Readonly<Record<string, readonly [duck: string, declared: string]>> = {
  SMALLINT: ['SMALLINT', 'smallint'],
  INT2: ['SMALLINT', 'smallint'],
  INTEGER: ['INTEGER', 'integer'],
  INT: ['INTEGER', 'integer'],
  INT4: ['INTEGER', 'integer'],
  BIGINT: ['BIGINT', 'bigint'],
  INT8: ['BIGINT', 'bigint'],
  REAL: ['FLOAT', 'real'],
  FLOAT4: ['FLOAT', 'real'],
  FLOAT: ['DOUBLE', 'double precision'],
  FLOAT8: ['DOUBLE', 'double precision'],
  BOOLEAN: ['BOOLEAN', 'boolean'],
  BOOL: ['BOOLEAN', 'boolean'],
  DATE: ['DATE', 'date'],
  TIMETZ: ['TIMETZ', 'time with time zone'],
  TIMESTAMPTZ: ['TIMESTAMPTZ', 'timestamp with time zone'],
}

const TEXTS: Readonly<Record<string, { declared: string; length: number }>> = {
  VARCHAR: { declared: 'character varying', length: 256 },
  NVARCHAR: { declared: 'character varying', length: 256 },
  TEXT: { declared: 'character varying', length: 256 },
  CHAR: { declared: 'character', length: 1 },
  CHARACTER: { declared: 'character', length: 1 },
  NCHAR: { declared: 'character', length: 1 },
  BPCHAR: { declared: 'character', length: 256 },
}

const REFUSED = new Set(['SUPER', 'GEOMETRY', 'GEOGRAPHY', 'HLLSKETCH', 'VARBYTE', 'VARBINARY', 'BINARY', 'INTERVAL'])

/** Reads a type at a token, as in a column definition or a cast. Undefined where no type stands there. */
export function readType(
  sql: string,
  tokens: readonly Token[],
  at: number,
): { type: RedshiftType; end: number } | undefined {
  const token = tokens[at]
  if (!isName(token)) return undefined
  const word = token.value.toUpperCase()
  if (REFUSED.has(word))
    throw sqlError(
      '0A000',
      `type ${token.text.toLowerCase()} is not supported by Millrace's warehouse`,
      sql,
      token.from,
      token.to,
    )
  if (word === 'DOUBLE' && tokens[at + 1]?.value === 'PRECISION')
    return { type: { duck: 'DOUBLE', declared: 'double precision' }, end: at + 2 }
  if (word === 'TIMESTAMP' || word === 'TIME') return readTime(word, tokens, at)
  if (word === 'DECIMAL' || word === 'NUMERIC') {
    const [args, end] = readArguments(tokens, at + 1)
    const [precision = 18, scale = 0] = args
    if (precision < 1 || precision > 38 || scale < 0 || scale > Math.min(37, precision))
      throw sqlError(
        '22023',
        `numeric(${args.join(',')}): the precision is 1 to 38, the scale at most that and 37`,
        sql,
        token.from,
      )
    return { type: { duck: `DECIMAL(${precision},${scale})`, declared: `numeric(${precision},${scale})` }, end }
  }
  const varying = word === 'CHARACTER' && tokens[at + 1]?.value === 'VARYING'
  const text = TEXTS[varying ? 'VARCHAR' : word]
  if (text) {
    const start = at + (varying ? 2 : 1)
    const max = tokens[start]?.text === '(' && tokens[start + 1]?.value === 'MAX' && tokens[start + 2]?.text === ')'
    const [args, end] = max ? [[65535], start + 3] : readArguments(tokens, start)
    const [length = text.length] = args
    if (length < 1 || length > 65535)
      throw sqlError('22023', `length for type ${text.declared} must be 1 to 65535`, sql, token.from)
    return { type: { duck: 'VARCHAR', declared: `${text.declared}(${length})`, length }, end }
  }
  const plain = PLAIN[word]
  return plain && { type: { duck: plain[0], declared: plain[1] }, end: at + 1 }
}

function readTime(word: 'TIMESTAMP' | 'TIME', tokens: readonly Token[], at: number) {
  const zone = tokens[at + 1]?.value
  const named =
    (zone === 'WITH' || zone === 'WITHOUT') && tokens[at + 2]?.value === 'TIME' && tokens[at + 3]?.value === 'ZONE'
  const withZone = named && zone === 'WITH'
  return {
    type: {
      duck: withZone ? `${word}TZ` : word,
      declared: `${word.toLowerCase()} ${withZone ? 'with' : 'without'} time zone`,
    },
    end: at + (named ? 4 : 1),
  }
}

function readArguments(tokens: readonly Token[], at: number): [number[], number] {
  if (tokens[at]?.text !== '(') return [[], at]
  const args: number[] = []
  let i = at + 1
  while (tokens[i]?.kind === 'number') {
    args.push(Number(tokens[i].text))
    i++
    if (tokens[i]?.text !== ',') break
    i++
  }
  return tokens[i]?.text === ')' ? [args, i + 1] : [[], at]
}

const DECLARED: Partial<Record<DuckDBTypeId, string>> = {
  [DuckDBTypeId.BOOLEAN]: 'boolean',
  [DuckDBTypeId.TINYINT]: 'smallint',
  [DuckDBTypeId.SMALLINT]: 'smallint',
  [DuckDBTypeId.INTEGER]: 'integer',
  [DuckDBTypeId.BIGINT]: 'bigint',
  [DuckDBTypeId.HUGEINT]: 'numeric(38,0)',
  [DuckDBTypeId.FLOAT]: 'real',
  [DuckDBTypeId.DOUBLE]: 'double precision',
  [DuckDBTypeId.DATE]: 'date',
  [DuckDBTypeId.TIME]: 'time without time zone',
  [DuckDBTypeId.TIMESTAMP]: 'timestamp without time zone',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'timestamp with time zone',
  [DuckDBTypeId.INTERVAL]: 'interval',
}

/** A type of DuckDB in Redshift's words. */
export function redshiftType(type: DuckDBType): string {
  if (type.typeId === DuckDBTypeId.DECIMAL) {
    const { width, scale } = type as DuckDBDecimalType
    return `numeric(${width},${scale})`
  }
  return DECLARED[type.typeId] ?? 'character varying'
}
