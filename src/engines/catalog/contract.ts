import { z } from 'zod'
import { RecordBatch } from '../kit/pure/batch.ts'
import { call, defineContract, feed, nothing } from '../kit/pure/contract.ts'
import { FileReading } from '../kit/pure/file-reading.ts'
import { Column, TablePage } from '../kit/pure/table.ts'

/** A column with a Hive type name, as Glue keeps it. */
export const TableColumn = z.object({ name: z.string(), type: z.string(), comment: z.string().optional() })
export type TableColumn = z.infer<typeof TableColumn>

export const TableFormat = z.enum(['parquet', 'csv', 'json', 'avro', 'grok'])

/** The database of what is attached: files and folders outside of the workspace, read in place and never written. */
export const ATTACHED = 'attached'

export const CatalogTable = z.object({
  database: z.string(),
  name: z.string(),
  columns: z.array(TableColumn),
  partitionKeys: z.array(TableColumn),
  /** `s3://bucket/prefix/`; of an attached table also `file:///…`. */
  location: z.string(),
  format: TableFormat,
  /** SerDe and table properties as Glue keeps them, such as `skip.header.line.count` or `projection.enabled`. */
  parameters: z.record(z.string(), z.string()).default({}),
  /** Text of a view; a view has no location of its own. */
  viewText: z.string().optional(),
  description: z.string().optional(),
  /** Of a table of the database `attached`: its path, or `s3://…`, and how it is read. */
  attached: z.object({ source: z.string(), reading: FileReading }).optional(),
  /** What Glue's clients say of a table beside this, packed: kept and given back as it came. */
  glue: z.string().optional(),
  createdMs: z.number(),
  updatedMs: z.number(),
  versionId: z.number().int(),
})
export type CatalogTable = z.infer<typeof CatalogTable>

export const TableInput = CatalogTable.omit({ attached: true, createdMs: true, updatedMs: true, versionId: true })

export const PartitionInput = z.object({
  values: z.array(z.string()),
  location: z.string(),
  /** As a table's. */
  glue: z.string().optional(),
})
export const Partition = PartitionInput.extend({ createdMs: z.number() })
export type Partition = z.infer<typeof Partition>

export const PartitionIndex = z.object({ name: z.string(), keys: z.array(z.string()) })
export type PartitionIndex = z.infer<typeof PartitionIndex>

export const CatalogDatabase = z.object({
  name: z.string(),
  description: z.string().optional(),
  location: z.string().optional(),
  glue: z.string().optional(),
  createdMs: z.number(),
})
export type CatalogDatabase = z.infer<typeof CatalogDatabase>

/** What the catalog keeps without reading it: functions, connections, classifiers, statistics, tags, in Glue's own words. */
export const Kept = z.object({ name: z.string(), document: z.string(), createdMs: z.number(), updatedMs: z.number() })
export type Kept = z.infer<typeof Kept>

const aKept = z.object({
  kind: z.enum(['function', 'connection', 'classifier', 'statistics', 'tags']),
  /** What it belongs to: a database, a table, a partition; empty for the whole catalog. */
  scope: z.string().default(''),
})

export const Crawl = z.object({
  crawlId: z.string(),
  state: z.enum(['RUNNING', 'COMPLETED', 'FAILED', 'STOPPED']),
  startedMs: z.number(),
  endedMs: z.number().optional(),
  /** Why it failed. */
  message: z.string().optional(),
  tables: z.object({ created: z.array(z.string()), updated: z.array(z.string()), deleted: z.array(z.string()) }),
  partitions: z.object({ created: z.number().int(), updated: z.number().int(), deleted: z.number().int() }),
  filesRead: z.number().int(),
  /** Files that could not be taken in, the first of them by name. */
  problemCount: z.number().int(),
  problems: z.array(z.object({ uri: z.string(), message: z.string() })),
})
export type Crawl = z.infer<typeof Crawl>

export const CrawlerInput = z.object({
  name: z.string(),
  role: z.string().default('local'),
  database: z.string(),
  description: z.string().optional(),
  tablePrefix: z.string().default(''),
  /** `exclusions` are globs below the path; `sampleSize` is how many files of a folder are read. */
  targets: z.array(
    z.object({
      path: z.string(),
      exclusions: z.array(z.string()).default([]),
      sampleSize: z.number().int().positive().optional(),
    }),
  ),
  /** Custom classifiers by name, asked before the built-in ones. */
  classifiers: z.array(z.string()).default([]),
  /** `cron(15 12 * * ? *)`, UTC. */
  schedule: z.string().optional(),
  updateBehavior: z.enum(['UPDATE_IN_DATABASE', 'LOG']).default('UPDATE_IN_DATABASE'),
  deleteBehavior: z.enum(['DEPRECATE_IN_DATABASE', 'DELETE_FROM_DATABASE', 'LOG']).default('DEPRECATE_IN_DATABASE'),
  recrawl: z.enum(['CRAWL_EVERYTHING', 'CRAWL_NEW_FOLDERS_ONLY']).default('CRAWL_EVERYTHING'),
  /** Glue's JSON: Grouping and CrawlerOutput. */
  configuration: z.string().optional(),
})
export type CrawlerInput = z.infer<typeof CrawlerInput>

export const Crawler = CrawlerInput.extend({
  state: z.enum(['READY', 'RUNNING', 'STOPPING']),
  scheduleState: z.enum(['SCHEDULED', 'NOT_SCHEDULED']),
  version: z.number().int(),
  createdMs: z.number(),
  updatedMs: z.number(),
  /** When the schedule is due next, epoch ms. */
  nextMs: z.number().optional(),
  /** Files read and to be read, while it runs. */
  progress: z.object({ done: z.number().int(), of: z.number().int() }).optional(),
  lastCrawl: Crawl.optional(),
})
export type Crawler = z.infer<typeof Crawler>

export const SchemaFormat = z.enum(['AVRO', 'JSON', 'PROTOBUF'])
export const Compatibility = z.enum([
  'NONE',
  'DISABLED',
  'BACKWARD',
  'BACKWARD_ALL',
  'FORWARD',
  'FORWARD_ALL',
  'FULL',
  'FULL_ALL',
])
export type Compatibility = z.infer<typeof Compatibility>

export const Registry = z.object({
  name: z.string(),
  description: z.string().optional(),
  createdMs: z.number(),
  updatedMs: z.number(),
})
export type Registry = z.infer<typeof Registry>

export const RegisteredSchema = z.object({
  registry: z.string(),
  name: z.string(),
  description: z.string().optional(),
  format: SchemaFormat,
  compatibility: Compatibility,
  /** The version from which on others are compared. */
  checkpoint: z.number().int(),
  latestVersion: z.number().int(),
  nextVersion: z.number().int(),
  createdMs: z.number(),
  updatedMs: z.number(),
})
export type RegisteredSchema = z.infer<typeof RegisteredSchema>

export const SchemaVersion = z.object({
  versionId: z.string(),
  registry: z.string(),
  schema: z.string(),
  version: z.number().int(),
  format: SchemaFormat,
  definition: z.string(),
  status: z.enum(['AVAILABLE', 'FAILURE']),
  /** Why it is not compatible. */
  problem: z.string().optional(),
  createdMs: z.number(),
})
export type SchemaVersion = z.infer<typeof SchemaVersion>

const aSchema = z.object({ registry: z.string(), schema: z.string() })
const VersionMetadata = z.object({ key: z.string(), value: z.string(), createdMs: z.number() })

const inDatabase = z.object({ database: z.string() })
const databaseInput = inDatabase.extend({
  description: z.string().optional(),
  location: z.string().optional(),
  glue: z.string().optional(),
})
const aTable = inDatabase.extend({ table: z.string() })

/** A file or prefix to read: one of the workspace or the lake, or a data file that the program ships (`sample:flights-3m.parquet`). */
export const FileSource = z.object({
  /** `s3://bucket/key`, a path inside the workspace, `sample:<name>`, or, to scan or preview in a trusted workspace, `file:///path`. */
  uri: z.string(),
  format: z.enum(['auto', 'parquet', 'csv', 'json']).default('auto'),
  csv: z
    .object({
      delimiter: z.string().optional(),
      header: z.boolean().optional(),
      decimal: z.enum(['.', ',']).optional(),
    })
    .optional(),
})
export type FileSource = z.infer<typeof FileSource>

export const FilePreview = z.object({
  columns: z.array(Column),
  page: TablePage,
  /** Rows in the file where its metadata says so without reading it. */
  rowCount: z.number().int().nullable(),
  bytes: z.number(),
  /** Rows that cannot be read, in as much of a text file as was looked at. */
  badRows: z.number().int().optional(),
  firstBadRow: z.object({ line: z.number().int(), message: z.string() }).optional(),
})

/** What was chosen of a file's reading; what is not is found in the file. */
export const ChosenReading = FileReading.omit({ columns: true })
  .partial()
  .extend({
    /** Hive types by column. */
    types: z.record(z.string(), z.string()).optional(),
  })
export type ChosenReading = z.infer<typeof ChosenReading>

export const FileInspection = z.object({
  /** The real path of it, or its `s3://` address. */
  source: z.string(),
  /** A name for the table, made of the file's. */
  name: z.string(),
  files: z.number().int(),
  bytes: z.number(),
  reading: FileReading,
  /** Whether it is read where it lies; else it is converted into the lake when it is attached. */
  inPlace: z.boolean(),
  /** What is unclear or lost, by the choice that it hangs on. */
  notes: z.array(z.object({ field: z.string(), message: z.string() })),
  page: TablePage,
  /** Of the rows that were looked at: those that do not have the table's fields, the first of them by line. */
  broken: z.object({
    count: z.number().int(),
    rows: z.array(z.object({ line: z.number().int(), reason: z.string(), text: z.string() })),
  }),
  /** Of the rows that were looked at: values that do not fit their column's type, and read as null. */
  unfit: z.number().int(),
  /** Whether all rows were looked at, or only the first 4 MiB. */
  whole: z.boolean(),
})
export type FileInspection = z.infer<typeof FileInspection>

/** The Glue Data Catalog, and the reading of data files in place. */
export const catalog = defineContract('catalog', {
  listDatabases: call(nothing, z.array(CatalogDatabase)),
  createDatabase: call(databaseInput, nothing),
  updateDatabase: call(databaseInput, nothing),
  deleteDatabase: call(inDatabase, nothing),
  listTables: call(inDatabase, z.array(CatalogTable)),
  getTable: call(aTable, CatalogTable),
  createTable: call(TableInput, CatalogTable),
  /** Without `skipArchive` the table as it was stays as a version. `ifVersion`: only where the table is still at it. */
  updateTable: call(
    TableInput.extend({ skipArchive: z.boolean().optional(), ifVersion: z.string().optional() }),
    CatalogTable,
  ),
  deleteTable: call(aTable, nothing),
  /** Newest first, the current one among them. */
  listTableVersions: call(aTable, z.array(CatalogTable)),
  /** The current version cannot be deleted. */
  deleteTableVersion: call(aTable.extend({ versionId: z.number().int() }), nothing),
  listPartitions: call(aTable, z.array(Partition)),
  /**
   * Partitions in the order of their values, by Glue's expression language, a share of all (`segment`), and from the token of the page
   * before on.
   */
  findPartitions: call(
    aTable.extend({
      expression: z.string().optional(),
      segment: z.object({ number: z.number().int(), of: z.number().int() }).optional(),
      after: z.string().optional(),
      max: z.number().int().positive(),
    }),
    z.object({ partitions: z.array(Partition), next: z.string().optional() }),
  ),
  getPartitions: call(aTable.extend({ values: z.array(z.array(z.string())) }), z.array(Partition)),
  /** Existing partitions are left as they are. */
  addPartitions: call(aTable.extend({ partitions: z.array(PartitionInput) }), z.object({ added: z.number().int() })),
  /** A partition may get other values, where no other has them. */
  updatePartition: call(aTable.extend({ values: z.array(z.string()), partition: PartitionInput }), nothing),
  deletePartitions: call(aTable.extend({ values: z.array(z.array(z.string())) }), nothing),
  listPartitionIndexes: call(aTable, z.array(PartitionIndex)),
  createPartitionIndex: call(aTable.extend({ index: PartitionIndex }), nothing),
  deletePartitionIndex: call(aTable.extend({ index: z.string() }), nothing),

  listKept: call(aKept, z.array(Kept)),
  getKept: call(aKept.extend({ name: z.string() }), Kept),
  /** `create` refuses one that is there, `update` one that is not. */
  keep: call(
    aKept.extend({ name: z.string(), document: z.string(), how: z.enum(['create', 'update', 'put']) }),
    nothing,
  ),
  forget: call(aKept.extend({ name: z.string() }), nothing),
  /** The passwords of a connection by property, for who asked for them by name: documents have them sealed. */
  openConnection: call(z.object({ name: z.string() }), z.record(z.string(), z.string())),

  listRegistries: call(nothing, z.array(Registry)),
  createRegistry: call(z.object({ registry: z.string(), description: z.string().optional() }), Registry),
  updateRegistry: call(z.object({ registry: z.string(), description: z.string() }), Registry),
  /** With all its schemas. */
  deleteRegistry: call(z.object({ registry: z.string() }), nothing),
  listSchemas: call(z.object({ registry: z.string().optional() }), z.array(RegisteredSchema)),
  getSchema: call(aSchema, RegisteredSchema),
  createSchema: call(
    aSchema.extend({
      description: z.string().optional(),
      format: SchemaFormat,
      compatibility: Compatibility,
      definition: z.string().optional(),
    }),
    RegisteredSchema,
  ),
  updateSchema: call(
    aSchema.extend({
      description: z.string().optional(),
      compatibility: Compatibility.optional(),
      checkpoint: z.number().int().optional(),
    }),
    RegisteredSchema,
  ),
  deleteSchema: call(aSchema, nothing),
  listSchemaVersions: call(aSchema, z.array(SchemaVersion)),
  getSchemaVersion: call(z.object({ versionId: z.string() }), SchemaVersion),
  /** A definition that is there already is answered by its version. One that is not compatible is kept as FAILURE. */
  registerSchemaVersion: call(aSchema.extend({ definition: z.string() }), SchemaVersion),
  deleteSchemaVersions: call(
    aSchema.extend({ versions: z.array(z.number().int()) }),
    z.array(z.object({ version: z.number().int(), error: z.string() })),
  ),
  /** The version of this definition, where there is one. */
  findSchemaVersion: call(aSchema.extend({ definition: z.string() }), z.object({ version: SchemaVersion.optional() })),
  /** JSON Patch (RFC 6902) that makes version `to` of version `from`; Protobuf as its descriptor. */
  diffSchemaVersions: call(
    aSchema.extend({ from: z.number().int(), to: z.number().int() }),
    z.object({ patch: z.string() }),
  ),
  checkSchema: call(
    z.object({ format: SchemaFormat, definition: z.string() }),
    z.object({ valid: z.boolean(), error: z.string().optional() }),
  ),
  listVersionMetadata: call(z.object({ versionId: z.string() }), z.array(VersionMetadata)),
  putVersionMetadata: call(z.object({ versionId: z.string(), key: z.string(), value: z.string() }), nothing),
  removeVersionMetadata: call(z.object({ versionId: z.string(), key: z.string(), value: z.string() }), nothing),
  watchSchemas: feed(nothing, z.object({ registry: z.string() })),

  listCrawlers: call(nothing, z.array(Crawler)),
  getCrawler: call(z.object({ crawler: z.string() }), Crawler),
  createCrawler: call(CrawlerInput, Crawler),
  updateCrawler: call(CrawlerInput, Crawler),
  deleteCrawler: call(z.object({ crawler: z.string() }), nothing),
  /** Answers once the crawl has begun. */
  startCrawler: call(z.object({ crawler: z.string() }), z.object({ crawlId: z.string() })),
  stopCrawler: call(z.object({ crawler: z.string() }), nothing),
  setCrawlerSchedule: call(z.object({ crawler: z.string(), on: z.boolean() }), nothing),
  /** Newest first. */
  listCrawls: call(z.object({ crawler: z.string() }), z.array(Crawl)),
  watchCrawlers: feed(nothing, z.object({ crawler: z.string() })),

  /** Anything in the catalog changed: read again what you show. */
  watch: feed(nothing, z.object({ database: z.string(), table: z.string().optional() })),

  /** Looks at a file or a folder of like files anywhere on this machine, or at an object of the lake, before it is attached. */
  inspectFile: call(
    z.object({ source: z.string(), chosen: ChosenReading.prefault({}), rows: z.number().int().max(1000).default(100) }),
    FileInspection,
  ),
  /**
   * Makes it a table of the database `attached`: read where it lies, or converted into the lake where its encoding asks for that. The last
   * item has the table; `doneBytes` is how much was converted. Deleting the table detaches it, and leaves its files as they are.
   */
  attachFile: feed(
    z.object({ name: z.string(), source: z.string(), reading: FileReading }),
    z.object({ doneBytes: z.number(), table: CatalogTable.optional() }),
  ),
  /** The files of an attached table as they are now, which DuckDB of this process may read; `key` is their own path. */
  attachedFiles: call(
    z.object({ table: z.string() }),
    z.array(z.object({ key: z.string(), file: z.string(), size: z.number().int(), modifiedMs: z.number() })),
  ),
  /**
   * What a reader of an attached table's rows should know, one sentence each: rows that its files have now and that are left out, values that
   * read as NULL, other columns than when it was attached. Its first 4 MiB are looked at once for each state of the files.
   */
  attachedNotes: call(z.object({ table: z.string() }), z.array(z.string())),

  /** The files behind a source, in order, which DuckDB of this process may read in place. */
  locate: call(
    FileSource,
    z.object({ format: z.enum(['parquet', 'csv', 'json']), paths: z.array(z.string()), bytes: z.number() }),
  ),
  /** Schema and first rows of a file, with the place of the first broken row where there is one. */
  preview: call(FileSource.extend({ rows: z.number().int().max(1000).default(100) }), FilePreview),
  /**
   * Every row of a file as JSON records, in file order or by `orderBy`. The partition key is the value of `keyColumn`. `times` is the
   * value of `timeColumn` of each row, epoch ms. Broken rows are counted and described, never silently dropped.
   */
  scan: feed(
    FileSource.extend({
      keyColumn: z.string().optional(),
      timeColumn: z.string().optional(),
      orderBy: z.string().optional(),
      /** Repeats the whole file so many times. */
      scale: z.number().int().positive().default(1),
      limit: z.number().int().positive().optional(),
      /** Rows to skip: where a stopped replay goes on. */
      skip: z.number().int().nonnegative().default(0),
      batchRows: z.number().int().positive().max(10_000).default(2_000),
    }),
    z.object({
      batch: RecordBatch,
      times: z.instanceof(Float64Array).optional(),
      badRows: z.number().int(),
      firstBadRow: z.object({ line: z.number().int(), message: z.string() }).optional(),
    }),
    { bulk: true },
  ),
})
