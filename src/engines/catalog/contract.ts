import { z } from 'zod'
import { RecordBatch } from '../kit/pure/batch.ts'
import { call, defineContract, feed, nothing } from '../kit/pure/contract.ts'
import { Column, TablePage } from '../kit/pure/table.ts'

/** A column with a Hive type name, as Glue keeps it. */
export const TableColumn = z.object({ name: z.string(), type: z.string(), comment: z.string().optional() })
export type TableColumn = z.infer<typeof TableColumn>

export const TableFormat = z.enum(['parquet', 'csv', 'json', 'avro'])

export const CatalogTable = z.object({
  database: z.string(),
  name: z.string(),
  columns: z.array(TableColumn),
  partitionKeys: z.array(TableColumn),
  /** `s3://bucket/prefix/`. */
  location: z.string(),
  format: TableFormat,
  /** SerDe and table properties as Glue keeps them, such as `skip.header.line.count` or `projection.enabled`. */
  parameters: z.record(z.string(), z.string()).default({}),
  /** Text of a view; a view has no location of its own. */
  viewText: z.string().optional(),
  description: z.string().optional(),
  createdMs: z.number(),
  updatedMs: z.number(),
  versionId: z.number().int(),
})
export type CatalogTable = z.infer<typeof CatalogTable>

export const TableInput = CatalogTable.omit({ createdMs: true, updatedMs: true, versionId: true })

export const Partition = z.object({ values: z.array(z.string()), location: z.string(), createdMs: z.number() })
export type Partition = z.infer<typeof Partition>

const inDatabase = z.object({ database: z.string() })
const aTable = inDatabase.extend({ table: z.string() })

/** A file or prefix to read: one of the workspace or the lake, or a data file that the program ships (`sample:flights-3m.parquet`). */
export const FileSource = z.object({
  /** `s3://bucket/key`, a path inside the workspace, or `sample:<name>`. */
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

/** The Glue Data Catalog, and the reading of data files in place. */
export const catalog = defineContract('catalog', {
  listDatabases: call(
    nothing,
    z.array(
      z.object({
        name: z.string(),
        description: z.string().optional(),
        location: z.string().optional(),
        createdMs: z.number(),
      }),
    ),
  ),
  createDatabase: call(
    inDatabase.extend({ description: z.string().optional(), location: z.string().optional() }),
    nothing,
  ),
  deleteDatabase: call(inDatabase, nothing),
  listTables: call(inDatabase, z.array(CatalogTable)),
  getTable: call(aTable, CatalogTable),
  createTable: call(TableInput, CatalogTable),
  updateTable: call(TableInput, CatalogTable),
  deleteTable: call(aTable, nothing),
  listPartitions: call(aTable, z.array(Partition)),
  /** Existing partitions are left as they are. */
  addPartitions: call(
    aTable.extend({ partitions: z.array(z.object({ values: z.array(z.string()), location: z.string() })) }),
    z.object({ added: z.number().int() }),
  ),
  deletePartitions: call(aTable.extend({ values: z.array(z.array(z.string())) }), nothing),
  /** Anything in the catalog changed: read again what you show. */
  watch: feed(nothing, z.object({ database: z.string(), table: z.string().optional() })),

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
