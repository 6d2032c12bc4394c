import { TokenReader } from '../kit/node/sql/lexer.ts'
import type { Db } from '../kit/node/sqlite.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { likeTest } from '../kit/pure/expr/like.ts'
import type { TableColumn } from './contract.ts'
import { invalid } from './model.ts'

/** A condition for SQLite over the stored values of a partition. `values` are bound, in order. */
export interface Predicate {
  readonly sql: string
  readonly values: readonly (string | number)[]
}

const INTEGERS = ['int', 'integer', 'bigint', 'long', 'tinyint', 'smallint']
/** The key types that an expression may name (AWS Glue API, GetPartitions, "Expression"). */
const TEXTS = ['string', 'date', 'timestamp', 'char', 'varchar']

export const textLiteral = (text: string) => `'${text.replaceAll("'", "''")}'`

/** The value of the key at `place` as its type compares: what conditions and partition indexes are made of. */
export function partitionKeySql(type: string, place: number): string {
  const value = `json_extract(partition_values, '$[${place}]')`
  const name = type.toLowerCase().replace(/\(.*$/, '')
  if (INTEGERS.includes(name)) return `CAST(${value} AS INTEGER)`
  if (name === 'decimal') return `CAST(${value} AS REAL)`
  if (TEXTS.includes(name)) return value
  throw invalid(`Unsupported expression '${type}': a partition key of this type cannot be compared.`)
}

/**
 * Glue's expression language over partition keys: = <> < <= > >=, BETWEEN, IN, LIKE, IS NULL, AND, OR, NOT and parentheses. Throws
 * InvalidInputException with the place of what is wrong.
 */
export function partitionPredicate(text: string, keys: readonly TableColumn[]): Predicate {
  try {
    const parser = new Parser(text, keys)
    return parser.whole()
  } catch (thrown) {
    if (thrown instanceof EngineError && thrown.code === 'SYNTAX_ERROR')
      throw new EngineError('InvalidInputException', `Unsupported expression '${text}': ${thrown.message}`, thrown)
    throw thrown
  }
}

/**
 * SQLite's own LIKE folds letters' case, which Hive's does not, and neither it nor GLOB is bounded: a pattern of many `%` takes them a time
 * that doubles with each.
 */
const LIKE = 'hive_like'

export function registerLike(db: Db): void {
  let [pattern, test] = ['', likeTest('')]
  db.function(LIKE, { deterministic: true }, (wanted: string, value: string | number | null) => {
    if (wanted !== pattern) [pattern, test] = [wanted, likeTest(wanted)]
    return value === null ? null : Number(typeof test === 'function' && test(String(value)))
  })
}

const OPERATORS = ['=', '<>', '!=', '<=', '>=', '<', '>']
const DEPTH_MAX = 100

interface Key {
  readonly sql: string
  /** The value as its text is stored. */
  readonly stored: string
  readonly numeric: boolean
}

class Parser {
  private readonly reader: TokenReader
  private readonly keys: readonly TableColumn[]
  private readonly values: (string | number)[] = []
  private depth = 0

  constructor(text: string, keys: readonly TableColumn[]) {
    this.reader = new TokenReader(text)
    this.keys = keys
  }

  whole(): Predicate {
    const sql = this.or()
    if (!this.reader.done) throw this.reader.unexpected('the end')
    return { sql, values: this.values }
  }

  private or(): string {
    if (++this.depth > DEPTH_MAX) throw invalid('The expression is nested too deep.')
    const parts = [this.and()]
    while (this.reader.take('OR')) parts.push(this.and())
    this.depth--
    return `(${parts.join(' OR ')})`
  }

  private and(): string {
    const parts = [this.not()]
    while (this.reader.take('AND')) parts.push(this.not())
    return parts.join(' AND ')
  }

  private not(): string {
    let negated = false
    while (this.reader.take('NOT')) negated = !negated
    const sql = this.reader.take('(') ? this.closed() : this.comparison()
    return negated ? `NOT (${sql})` : sql
  }

  private closed(): string {
    const sql = this.or()
    this.reader.need(')')
    return sql
  }

  private comparison(): string {
    const { reader } = this
    const first = reader.peek()
    if (first?.kind === 'string' || first?.kind === 'number' || reader.is('-')) return this.mirrored()
    const key = this.key()
    const operator = OPERATORS.find((symbol) => reader.is(symbol))
    if (operator) {
      reader.next()
      return `${key.sql} ${operator} ${this.value(key)}`
    }
    if (reader.take('IS')) {
      const not = reader.take('NOT')
      reader.need('NULL')
      return `${key.stored} ${not ? '<>' : '='} '__HIVE_DEFAULT_PARTITION__'`
    }
    const not = reader.take('NOT') ? 'NOT ' : ''
    if (reader.take('BETWEEN')) {
      const low = this.value(key)
      reader.need('AND')
      return `${key.sql} ${not}BETWEEN ${low} AND ${this.value(key)}`
    }
    if (reader.take('LIKE')) return this.like(key, not)
    reader.need('IN')
    reader.need('(')
    const list = [this.value(key)]
    while (reader.take(',')) list.push(this.value(key))
    reader.need(')')
    return `${key.sql} ${not}IN (${list.join(', ')})`
  }

  private like(key: Key, not: string): string {
    this.values.push(this.reader.string())
    return `${not}${LIKE}(?, ${key.sql})`
  }

  /** `2024 < year`: the same with its sides exchanged. */
  private mirrored(): string {
    const { reader } = this
    const number = reader.take('-') ? `-${reader.next().text}` : reader.next().text
    const operator = OPERATORS.find((symbol) => reader.is(symbol))
    if (!operator) throw reader.unexpected('a comparison')
    reader.next()
    const key = this.key()
    this.values.push(key.numeric ? numberOf(number) : number)
    return `? ${operator} ${key.sql}`
  }

  private key(): Key {
    const name = this.reader.name().toLowerCase()
    const place = this.keys.findIndex((key) => key.name === name)
    if (place < 0)
      throw invalid(`Unknown partition key '${name}'. The keys are: ${this.keys.map((key) => key.name).join(', ')}.`)
    const sql = partitionKeySql(this.keys[place].type, place)
    return { sql, stored: partitionKeySql('string', place), numeric: sql.startsWith('CAST') }
  }

  private value(key: Key): string {
    const { reader } = this
    if (reader.is('DATE') || reader.is('TIMESTAMP')) reader.next()
    const sign = reader.take('-') ? '-' : ''
    const token = reader.next()
    if (token.kind !== 'string' && token.kind !== 'number')
      throw invalid(`Unsupported expression: '${token.text}' stands where a value is needed.`)
    this.values.push(key.numeric ? numberOf(sign + token.text) : sign + token.text)
    return '?'
  }
}

function numberOf(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || Number.isNaN(value)) throw invalid(`'${text}' is not a number.`)
  return value
}
