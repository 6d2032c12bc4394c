import type { ColumnForm } from '../result-columns.ts'

/**
 * The `.metadata` object beside a result, as Athena's JDBC driver reads it: a protobuf message whose field numbers are known from open
 * readers of it (burtcorp/athena-jdbc), AWS having published no schema. 1 is the query's id, 2 what it changed, 3 how many rows, 4 its
 * columns, each with its catalog (1), name (4), label (5), type (6), precision (7), scale (8), whether it may be NULL (9) and whether its
 * case counts (10).
 */
export function resultMetadata(
  queryId: string,
  columns: readonly ColumnForm[],
  update?: { type: string; count: number },
): Uint8Array {
  return Buffer.concat([
    bytesField(1, Buffer.from(queryId)),
    ...(update ? [bytesField(2, Buffer.from(update.type)), numberField(3, update.count)] : []),
    ...columns.map((column) => bytesField(4, columnMessage(column))),
  ])
}

const NULLABLE_UNKNOWN = 3

function columnMessage({ name, type, precision, scale, caseSensitive }: ColumnForm): Buffer {
  return Buffer.concat([
    bytesField(1, Buffer.from('hive')),
    bytesField(4, Buffer.from(name)),
    bytesField(5, Buffer.from(name)),
    bytesField(6, Buffer.from(type)),
    ...(precision === undefined ? [] : [numberField(7, precision)]),
    ...(scale === undefined ? [] : [numberField(8, scale)]),
    numberField(9, NULLABLE_UNKNOWN),
    ...(caseSensitive === undefined ? [] : [numberField(10, caseSensitive ? 1 : 0)]),
  ])
}

function numberField(field: number, value: number): Buffer {
  return Buffer.from([field << 3, ...varint(value)])
}

function bytesField(field: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(content.length)]), content])
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return [...bytes, rest]
}
