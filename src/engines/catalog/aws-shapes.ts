import type { Column, Partition as GluePartition, StorageDescriptor, Table, TableInput } from '@aws-sdk/client-glue'
import type { CatalogTable, Partition, TableColumn } from './contract.ts'
import { invalid } from './model.ts'

type Format = CatalogTable['format']

const PARQUET_SERDE = 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'

/** How Glue words a format: input format, output format and SerDe (Athena User Guide, "Supported SerDes"). */
const WORDS: Readonly<Record<Format, { input: string; output: string; serde: string }>> = {
  parquet: {
    input: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
    output: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
    serde: PARQUET_SERDE,
  },
  csv: {
    input: 'org.apache.hadoop.mapred.TextInputFormat',
    output: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
    serde: 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe',
  },
  json: {
    input: 'org.apache.hadoop.mapred.TextInputFormat',
    output: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
    serde: 'org.openx.data.jsonserde.JsonSerDe',
  },
  avro: {
    input: 'org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat',
    output: 'org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat',
    serde: 'org.apache.hadoop.hive.serde2.avro.AvroSerDe',
  },
}

/** Parameters of a SerDe are kept beside the table's own, under this prefix. */
const SERDE_PARAMETERS = [
  'field.delim',
  'separatorChar',
  'quoteChar',
  'escapeChar',
  'serialization.format',
  'serialization.null.format',
  'ignore.malformed.json',
]

export function tableOfGlue(database: string, input: TableInput) {
  const storage = input.StorageDescriptor
  const columns = (list: Column[] | undefined): TableColumn[] =>
    (list ?? []).map((column) => ({
      name: column.Name!,
      type: column.Type ?? 'string',
      ...(column.Comment !== undefined && { comment: column.Comment }),
    }))
  const view = input.TableType === 'VIRTUAL_VIEW'
  if (view && !input.ViewOriginalText) throw invalid('A view needs its ViewOriginalText.')
  return {
    database,
    name: input.Name!,
    columns: columns(storage?.Columns),
    partitionKeys: columns(input.PartitionKeys),
    location: storage?.Location ?? '',
    format: view ? ('parquet' as const) : formatOf(storage),
    parameters: { ...input.Parameters, ...storage?.SerdeInfo?.Parameters },
    ...(view && { viewText: viewTextOf(input.ViewOriginalText!) }),
    ...(input.Description !== undefined && { description: input.Description }),
  }
}

/** Athena keeps a view as base64 of a JSON document in a comment; plain text is taken as it is. */
function viewTextOf(text: string): string {
  const wrapped = /^\/\* Presto View: ([A-Za-z0-9+/=]+) \*\/$/.exec(text.trim())
  if (!wrapped) return text
  const document = JSON.parse(Buffer.from(wrapped[1], 'base64').toString('utf8')) as { originalSql?: string }
  if (!document.originalSql) throw invalid('The view has no originalSql.')
  return document.originalSql
}

function formatOf(storage: StorageDescriptor | undefined): Format {
  const words = `${storage?.SerdeInfo?.SerializationLibrary ?? ''} ${storage?.InputFormat ?? ''}`.toLowerCase()
  if (words.includes('parquet')) return 'parquet'
  if (words.includes('avro')) return 'avro'
  if (words.includes('json')) return 'json'
  if (words.includes('orc') || words.includes('ion')) {
    throw invalid(`Tables of the SerDe ${storage?.SerdeInfo?.SerializationLibrary} are not supported by Millrace.`)
  }
  return 'csv'
}

export function tableToGlue(table: CatalogTable): Table {
  const own = Object.entries(table.parameters)
  const isSerde = ([name]: [string, string]) => SERDE_PARAMETERS.includes(name)
  return {
    Name: table.name,
    DatabaseName: table.database,
    Description: table.description,
    CreateTime: new Date(table.createdMs),
    UpdateTime: new Date(table.updatedMs),
    VersionId: String(table.versionId),
    TableType: table.viewText === undefined ? 'EXTERNAL_TABLE' : 'VIRTUAL_VIEW',
    ViewOriginalText: table.viewText,
    PartitionKeys: table.partitionKeys.map(columnToGlue),
    Parameters: Object.fromEntries(own.filter((entry) => !isSerde(entry))),
    StorageDescriptor: storageToGlue(table, table.location, Object.fromEntries(own.filter(isSerde))),
    CatalogId: '000000000000',
    IsRegisteredWithLakeFormation: false,
  }
}

export function partitionToGlue(table: CatalogTable, partition: Partition): GluePartition {
  return {
    DatabaseName: table.database,
    TableName: table.name,
    Values: partition.values,
    CreationTime: new Date(partition.createdMs),
    StorageDescriptor: storageToGlue(table, partition.location, {}),
    CatalogId: '000000000000',
  }
}

function storageToGlue(table: CatalogTable, location: string, serde: Record<string, string>): StorageDescriptor {
  const words = WORDS[table.format]
  return {
    Columns: table.columns.map(columnToGlue),
    Location: location,
    InputFormat: words.input,
    OutputFormat: words.output,
    SerdeInfo: {
      SerializationLibrary: table.parameters['serialization.lib'] ?? words.serde,
      Parameters: serde,
    },
    Compressed: false,
    StoredAsSubDirectories: false,
  }
}

function columnToGlue(column: TableColumn): Column {
  return { Name: column.name, Type: column.type, Comment: column.comment }
}
