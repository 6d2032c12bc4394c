import type { CatalogTable, TableColumn } from '../../catalog/contract.ts'
import { isSerdeProperty, ownProperties, serdeOf } from '../serde/properties.ts'
import { viewQuery } from '../views.ts'

const TEXT = {
  input: 'org.apache.hadoop.mapred.TextInputFormat',
  output: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
}

/** Hive's classes that read and write the files of a format. */
export const STORED: Readonly<Record<CatalogTable['format'], { input: string; output: string; name?: string }>> = {
  parquet: {
    input: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
    output: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
    name: 'PARQUET',
  },
  avro: {
    input: 'org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat',
    output: 'org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat',
    name: 'AVRO',
  },
  csv: TEXT,
  json: TEXT,
  grok: TEXT,
}

/** A statement that makes the table again. */
export function createTableText(table: CatalogTable): string {
  if (table.viewText !== undefined) {
    const names = viewQuery(table).renamed ? ` (${table.columns.map(({ name }) => name).join(', ')})` : ''
    return `CREATE VIEW ${table.database}.${table.name}${names} AS\n${table.viewText}`
  }
  const list = (columns: readonly TableColumn[]) =>
    columns
      .map((column) => {
        const comment = column.comment === undefined ? '' : ` COMMENT ${quoted(column.comment)}`
        return `  \`${column.name}\` ${column.type}${comment}`
      })
      .join(',\n')
  const parts = [`CREATE EXTERNAL TABLE \`${table.database}.${table.name}\`(\n${list(table.columns)})`]
  if (table.description !== undefined) parts.push(`COMMENT ${quoted(table.description)}`)
  if (table.partitionKeys.length > 0) parts.push(`PARTITIONED BY (\n${list(table.partitionKeys)})`)
  const serde = Object.entries(table.parameters).filter(([name]) => isSerdeProperty(name))
  const { name, input, output } = STORED[table.format]
  if (name === undefined || serde.length > 0) {
    parts.push(`ROW FORMAT SERDE\n  ${quoted(serdeOf(table))}`)
    if (serde.length > 0) parts.push(`WITH SERDEPROPERTIES (\n${pairs(serde)})`)
  }
  parts.push(
    name === undefined
      ? `STORED AS INPUTFORMAT\n  ${quoted(input)}\nOUTPUTFORMAT\n  ${quoted(output)}`
      : `STORED AS ${name}`,
    `LOCATION\n  ${quoted(table.location)}`,
  )
  const properties = ownProperties(table)
  if (properties.length > 0) parts.push(`TBLPROPERTIES (\n${pairs(properties)})`)
  return parts.join('\n')
}

function pairs(properties: readonly [string, string][]): string {
  return properties.map(([key, value]) => `  ${quoted(key)}=${quoted(value)}`).join(',\n')
}

/** Control characters are written as Hive reads them. */
function quoted(text: string): string {
  const escaped = text
    .replace(/[\\']/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replace(/[\u0000-\u001f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return `'${escaped}'`
}
