import type {
  Column,
  Partition as GluePartition,
  PartitionInput,
  StorageDescriptor,
  Table,
  TableInput,
} from '@aws-sdk/client-glue'
import { refuse } from '../../kit/node/aws/glue.ts'
import { ACCOUNT_ID } from '../../kit/pure/ids.ts'
import type { CatalogTable, Partition, TableColumn } from '../contract.ts'
import { invalid } from '../model.ts'
import { packed, unpacked } from './common.ts'

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
  grok: {
    input: 'org.apache.hadoop.mapred.TextInputFormat',
    output: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
    serde: 'com.amazonaws.glue.serde.GrokSerDe',
  },
}

/** The SerDe's class is kept beside the table's parameters under this name. */
const LIBRARY = 'serialization.lib'

/** Parameters of a SerDe are kept beside the table's own, under this prefix. */
const SERDE_PARAMETERS = [
  'field.delim',
  'separatorChar',
  'quoteChar',
  'escapeChar',
  'escape.delim',
  'collection.delim',
  'mapkey.delim',
  'input.regex',
  'serialization.format',
  'serialization.null.format',
  'ignore.malformed.json',
  'input.format',
  'input.grokCustomPatterns',
  'paths',
]

/** What Glue says of a table and the engines do not read, in its own words. */
interface Beside extends TableInput {
  /** Names of the table's parameters that are its SerDe's. */
  serde?: string[]
}

type StorageBeside = Omit<StorageDescriptor, 'Columns' | 'Location'>

export function tableOfGlue(database: string, input: TableInput) {
  refuse(input, 'TargetTable', 'FederatedTable', 'ViewDefinition')
  const storage = input.StorageDescriptor
  if (storage) refuseStorage(storage)
  const view = input.TableType === 'VIRTUAL_VIEW'
  if (view && !input.ViewOriginalText) throw invalid('A view needs its ViewOriginalText.')
  const { Name, Description, PartitionKeys, Parameters, ...beside } = input
  const { SerializationLibrary: library, Parameters: serde } = storage?.SerdeInfo ?? {}
  return {
    database,
    name: Name!,
    columns: (storage?.Columns ?? []).map(columnOfGlue),
    partitionKeys: (PartitionKeys ?? []).map(columnOfGlue),
    location: storage?.Location ?? '',
    format: view ? ('parquet' as const) : formatOf(storage),
    parameters: { ...Parameters, ...serde, ...(library !== undefined && { [LIBRARY]: library }) },
    ...(view && { viewText: viewTextOf(input.ViewOriginalText!) }),
    ...(Description !== undefined && { description: Description }),
    glue: packed({ ...beside, ...(serde && { serde: Object.keys(serde) }) }),
  }
}

const columnOfGlue = (column: Column): TableColumn => ({
  name: column.Name!,
  type: column.Type ?? 'string',
  ...(column.Comment !== undefined && { comment: column.Comment }),
})

function refuseStorage(storage: StorageDescriptor): void {
  refuse(storage, 'SchemaReference', 'AdditionalLocations')
  if (storage.SkewedInfo?.SkewedColumnNames?.length) throw invalid('SkewedInfo is not supported by Millrace.')
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
  if (words.includes('grok')) return 'grok'
  if (words.includes('orc') || words.includes('ion')) {
    throw invalid(`Tables of the SerDe ${storage?.SerdeInfo?.SerializationLibrary} are not supported by Millrace.`)
  }
  return 'csv'
}

export function tableToGlue(table: CatalogTable): Table {
  const { serde = [], StorageDescriptor: storage, ViewOriginalText, ...beside } = unpacked<Beside>(table.glue)
  const own = Object.entries(table.parameters).filter(([name]) => name !== LIBRARY)
  const isSerde = ([name]: [string, string]) => serde.includes(name) || SERDE_PARAMETERS.includes(name)
  const view = table.viewText !== undefined
  return {
    ...beside,
    Name: table.name,
    DatabaseName: table.database,
    Description: table.description,
    CreateTime: new Date(table.createdMs),
    UpdateTime: new Date(table.updatedMs),
    VersionId: String(table.versionId),
    TableType: view ? 'VIRTUAL_VIEW' : (beside.TableType ?? 'EXTERNAL_TABLE'),
    ...(view && { ViewOriginalText: ViewOriginalText ?? table.viewText }),
    Retention: beside.Retention ?? 0,
    PartitionKeys: table.partitionKeys.map((column) => columnToGlue(column)),
    Parameters: Object.fromEntries(own.filter((entry) => !isSerde(entry))),
    StorageDescriptor: storageToGlue(table, storage, table.location, Object.fromEntries(own.filter(isSerde))),
    CatalogId: ACCOUNT_ID,
    IsRegisteredWithLakeFormation: false,
  }
}

/** A partition as it is stored; without a location of its own it lies where Hive would put it. */
export function partitionOfGlue(table: CatalogTable, input: PartitionInput) {
  const storage = input.StorageDescriptor
  if (storage) refuseStorage(storage)
  const { Values = [], ...beside } = input
  const folder = table.partitionKeys.map((key, i) => `${key.name}=${encodeURIComponent(Values[i] ?? '')}/`).join('')
  return {
    values: Values,
    location: storage?.Location ?? `${table.location}${folder}`,
    ...(Object.keys(beside).length > 0 && { glue: packed(beside) }),
  }
}

export function partitionToGlue(table: CatalogTable, partition: Partition): GluePartition {
  const { StorageDescriptor: storage, ...beside } = unpacked<PartitionInput>(partition.glue)
  const described = storageToGlue(table, storage, partition.location, storage?.SerdeInfo?.Parameters ?? {})
  return {
    ...beside,
    DatabaseName: table.database,
    TableName: table.name,
    Values: partition.values,
    CreationTime: new Date(partition.createdMs),
    StorageDescriptor: { ...described, ...(storage?.Columns && { Columns: storage.Columns }) },
    CatalogId: ACCOUNT_ID,
  }
}

function storageToGlue(
  table: CatalogTable,
  beside: StorageDescriptor | undefined,
  location: string,
  serde: Record<string, string>,
): StorageDescriptor {
  const words = WORDS[table.format]
  const parameters = new Map(beside?.Columns?.map((column) => [column.Name?.toLowerCase(), column.Parameters]))
  const kept: StorageBeside = beside ?? {}
  return {
    Compressed: false,
    StoredAsSubDirectories: false,
    InputFormat: words.input,
    OutputFormat: words.output,
    ...kept,
    Columns: table.columns.map((column) => columnToGlue(column, parameters.get(column.name))),
    Location: location,
    SerdeInfo: {
      SerializationLibrary: table.parameters[LIBRARY] ?? words.serde,
      ...beside?.SerdeInfo,
      Parameters: serde,
    },
  }
}

function columnToGlue(column: TableColumn, parameters?: Record<string, string>): Column {
  return {
    Name: column.name,
    Type: column.type,
    Comment: column.comment,
    ...(parameters && { Parameters: parameters }),
  }
}
