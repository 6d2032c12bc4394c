import { identifier } from '../../kit/node/duck.ts'
import { TokenReader } from '../../kit/node/sql/lexer.ts'
import { fn, text as literal, stringOf, type Tree } from '../../kit/node/sql/tree.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { hiveString } from '../statements/hive.ts'

/** Types by Spark's words for them (Spark SQL Reference, "Data Types"), in DuckDB's. */
const PLAIN: Readonly<Record<string, string>> = {
  BOOLEAN: 'BOOLEAN',
  TINYINT: 'TINYINT',
  BYTE: 'TINYINT',
  SMALLINT: 'SMALLINT',
  SHORT: 'SMALLINT',
  INT: 'INTEGER',
  INTEGER: 'INTEGER',
  BIGINT: 'BIGINT',
  LONG: 'BIGINT',
  FLOAT: 'FLOAT',
  REAL: 'FLOAT',
  DOUBLE: 'DOUBLE',
  STRING: 'VARCHAR',
  DATE: 'DATE',
  TIMESTAMP: 'TIMESTAMP',
  TIMESTAMP_NTZ: 'TIMESTAMP',
  TIMESTAMP_LTZ: 'TIMESTAMP',
}

interface DdlType {
  readonly kind: 'plain' | 'array' | 'map' | 'struct'
  /** In DuckDB's words. */
  readonly duck: string
  /** Of an array. */
  readonly of?: DdlType
}

/** A struct of what cannot be read has NULL in all its fields; a list and a map are NULL themselves. */
export function fromJson([json, schema, options]: readonly unknown[]): Tree {
  const written = stringOf(schema)
  if (written === undefined)
    throw new EngineError('NOT_SUPPORTED', "The schema of from_json must be written out: 'a INT, b ARRAY<STRING>'.")
  if (options !== undefined) throw new EngineError('NOT_SUPPORTED', 'from_json takes no options here.')
  const { kind, duck, of } = ddlType(written)
  if (kind === 'plain')
    throw new EngineError(
      'DATATYPE_MISMATCH.INVALID_JSON_SCHEMA',
      `Input schema "${written.toUpperCase()}" must be a struct, an array, a map or a variant.`,
    )
  const how = kind === 'array' ? (of?.kind === 'struct' ? 'structs' : 'list') : kind
  return fn('json_transform', fn(`spark_json_${how}`, json), literal(JSON.stringify(duck)))
}

/** A schema as Spark's functions take it: a type, or the fields of a struct, `a INT, b ARRAY<STRING>`. Names keep their case. */
function ddlType(text: string): DdlType {
  try {
    const reader = new TokenReader(text, true)
    const found: DdlType = beginsFields(reader) ? { kind: 'struct', duck: struct(reader) } : type(reader)
    reader.end()
    return found
  } catch (thrown) {
    if (!(thrown instanceof EngineError) || thrown.code !== 'SYNTAX_ERROR') throw thrown
    // Its place is one within the schema.
    throw new EngineError('PARSE_SYNTAX_ERROR', `Cannot parse the schema "${text}": ${thrown.message}`)
  }
}

/** A text that is no list of fields is a type: `ARRAY<INT>` and `INT` begin with no name that a type follows. */
function beginsFields(reader: TokenReader): boolean {
  const next = reader.peek(1)
  return next !== undefined && next.text !== '<' && next.text !== '('
}

/** `a INT, b: STRING NOT NULL COMMENT 'x'`. */
function struct(reader: TokenReader): string {
  const fields: string[] = []
  do {
    const name = reader.name()
    reader.take(':')
    fields.push(`${identifier(name)} ${type(reader).duck}`)
    reader.take('NOT', 'NULL')
    if (reader.take('COMMENT')) hiveString(reader)
  } while (reader.take(','))
  return `STRUCT(${fields.join(', ')})`
}

function type(reader: TokenReader): DdlType {
  const word = reader.name().toUpperCase()
  switch (word) {
    case 'ARRAY': {
      reader.need('<')
      const of = type(reader)
      reader.need('>')
      return { kind: 'array', duck: `${of.duck}[]`, of }
    }
    case 'MAP': {
      reader.need('<')
      const key = type(reader)
      reader.need(',')
      const value = type(reader)
      reader.need('>')
      return { kind: 'map', duck: `MAP(${key.duck}, ${value.duck})` }
    }
    case 'STRUCT': {
      reader.need('<')
      const duck = struct(reader)
      reader.need('>')
      return { kind: 'struct', duck }
    }
    case 'DECIMAL':
    case 'DEC':
    case 'NUMERIC':
      return { kind: 'plain', duck: `DECIMAL(${reader.is('(') ? reader.parenthesised().text : '10, 0'})` }
    case 'VARCHAR':
    case 'CHAR':
    case 'CHARACTER':
      reader.parenthesised()
      return { kind: 'plain', duck: 'VARCHAR' }
  }
  if (!PLAIN[word]) throw new EngineError('SYNTAX_ERROR', `${word} is not a type that is read from JSON`)
  return { kind: 'plain', duck: PLAIN[word] }
}
