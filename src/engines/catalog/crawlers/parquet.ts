import type { FileHandle } from 'node:fs/promises'
import { parquetMetadata, parquetSchema, type SchemaElement, type SchemaTree } from 'hyparquet'
import { readAt, unreadable } from './head.ts'
import { type Inferred, type InferredColumn, plain } from './types.ts'

/** A footer is mostly within this; a longer one takes a second read. */
const TAIL_BYTES = 64 * 1024
const FOOTER_BYTES_MAX = 64 * 1024 ** 2

/** Columns and rows of a Parquet file by its footer alone. */
export async function parquetColumns(
  file: FileHandle,
  size: number,
): Promise<{ columns: InferredColumn[]; rows: number }> {
  let tail = await readAt(file, Math.max(0, size - TAIL_BYTES), Math.min(size, TAIL_BYTES))
  if (tail.length < 12 || tail.toString('latin1', tail.length - 4) !== 'PAR1')
    throw unreadable('it begins as Parquet and does not end so: it was cut off, or is damaged')
  const footer = tail.readUInt32LE(tail.length - 8) + 8
  if (footer > size || footer > FOOTER_BYTES_MAX) throw unreadable('its Parquet footer is damaged')
  if (footer > tail.length) tail = await readAt(file, size - footer, footer)
  try {
    const metadata = parquetMetadata(new Uint8Array(tail).buffer)
    const columns = parquetSchema(metadata).children.map((child) => ({
      name: child.element.name.toLowerCase(),
      type: typeOf(child),
    }))
    return { columns, rows: Number(metadata.num_rows) }
  } catch (thrown) {
    throw unreadable(`its Parquet footer is damaged (${(thrown as Error).message})`)
  }
}

function typeOf({ element, children }: SchemaTree): Inferred {
  const type = children.length > 0 ? groupType(element, children) : plain(leafType(element))
  return element.repetition_type === 'REPEATED' ? { kind: 'array', of: type } : type
}

/** Lists and maps in the forms that writers have had (Apache Parquet, "LogicalTypes", "Nested Types"). */
function groupType(element: SchemaElement, children: SchemaTree[]): Inferred {
  const logical = element.logical_type?.type ?? element.converted_type
  if (logical === 'LIST' && children.length === 1) {
    const [repeated] = children
    if (repeated.children.length === 1) return { kind: 'array', of: typeOf(repeated.children[0]) }
    return typeOf(repeated)
  }
  if ((logical === 'MAP' || logical === 'MAP_KEY_VALUE') && children[0]?.children.length === 2)
    return { kind: 'map', of: typeOf(children[0].children[1]) }
  return {
    kind: 'struct',
    fields: new Map(children.map((child) => [child.element.name.toLowerCase(), typeOf(child)])),
  }
}

function leafType(element: SchemaElement): string {
  const logical = element.logical_type
  const converted = element.converted_type
  if (logical?.type === 'DECIMAL' || converted === 'DECIMAL') {
    const { precision = 10, scale = 0 } = logical?.type === 'DECIMAL' ? logical : element
    return `decimal(${precision},${scale})`
  }
  if (logical?.type === 'TIMESTAMP' || converted?.startsWith('TIMESTAMP')) return 'timestamp'
  if (logical?.type === 'DATE' || converted === 'DATE') return 'date'
  if (converted === 'INT_8') return 'tinyint'
  if (converted === 'INT_16' || converted === 'UINT_8') return 'smallint'
  if (converted === 'UINT_32') return 'bigint'
  switch (element.type) {
    case 'BOOLEAN':
      return 'boolean'
    case 'INT32':
      return 'int'
    case 'INT64':
      return 'bigint'
    case 'INT96':
      return 'timestamp'
    case 'FLOAT':
      return 'float'
    case 'DOUBLE':
      return 'double'
  }
  const text =
    ['STRING', 'ENUM', 'JSON', 'UUID'].includes(logical?.type ?? '') ||
    ['UTF8', 'ENUM', 'JSON'].includes(converted ?? '')
  return text ? 'string' : 'binary'
}
