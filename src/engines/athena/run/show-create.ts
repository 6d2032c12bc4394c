import type { CatalogTable, TableColumn } from '../../catalog/contract.ts'

const STORED: Readonly<Record<CatalogTable['format'], string>> = {
  parquet: 'STORED AS PARQUET',
  avro: 'STORED AS AVRO',
  csv: `ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'`,
  json: `ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'`,
  grok: `ROW FORMAT SERDE 'com.amazonaws.glue.serde.GrokSerDe'`,
}

/** A statement that makes the table again. */
export function createTableText(table: CatalogTable): string {
  if (table.viewText !== undefined) return `CREATE VIEW ${table.database}.${table.name} AS\n${table.viewText}`
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
  parts.push(STORED[table.format], `LOCATION\n  ${quoted(table.location)}`)
  const properties = Object.entries(table.parameters).filter(([key]) => key !== 'serialization.lib')
  if (properties.length > 0) {
    parts.push(`TBLPROPERTIES (\n${properties.map(([key, value]) => `  ${quoted(key)}=${quoted(value)}`).join(',\n')})`)
  }
  return parts.join('\n')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
