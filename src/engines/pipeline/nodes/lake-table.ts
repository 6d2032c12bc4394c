import { z } from 'zod'
import type { TableInput } from '../../catalog/contract.ts'
import type { Clients } from '../../contract.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { defineNode, type NodeContext, type Reference, ui, type Version } from './define.ts'
import { ensureBucket, ensureDatabase, listAll } from './kit/objects.ts'
import { parseRow, payloadTexts, type Row } from './kit/rows.ts'

const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const column = z.object({
  name: z
    .string()
    .regex(/^[a-z0-9_]{1,255}$/, 'A column name has lower-case letters, digits and underscores.')
    .meta(ui({ label: 'Column' })),
  type: z
    .string()
    .min(1, 'Give a Hive type such as string, bigint or timestamp.')
    .meta(ui({ label: 'Type' })),
})

export const lakeTableConfig = z.object({
  database: z
    .string()
    .regex(/^[a-z0-9_]{1,255}$/, 'A database name has lower-case letters, digits and underscores.')
    .meta(ui({ label: 'Database', editor: 'database' })),
  table: z
    .string()
    .regex(/^[a-z0-9_]{1,255}$/, 'A table name has lower-case letters, digits and underscores.')
    .meta(ui({ label: 'Table', editor: 'table' })),
  bucket: z
    .string()
    .regex(bucketName, 'A bucket name has 3 to 63 lower-case letters, digits, dots and hyphens.')
    .meta(ui({ label: 'Bucket', editor: 'bucket', section: 'Location' })),
  prefix: z
    .string()
    .regex(/^$|\/$/, 'A prefix ends with /.')
    .default('')
    .meta(ui({ label: 'Prefix', section: 'Location', placeholder: 'flights/' })),
  format: z
    .enum(['parquet', 'csv', 'json'])
    .default('parquet')
    .meta(
      ui({
        label: 'Format',
        section: 'Location',
        options: { parquet: 'Parquet', csv: 'CSV with a header', json: 'JSON lines' },
      }),
    ),
  columns: z
    .array(column)
    .min(1, 'Name at least one column.')
    .default([{ name: 'id', type: 'string' }])
    .meta(ui({ label: 'Columns', section: 'Schema' })),
  partitionKeys: z
    .array(column)
    .default([])
    .meta(
      ui({ label: 'Partition keys', section: 'Schema', help: 'Folders such as day=2001-01-01/ below the prefix.' }),
    ),
  load: z
    .string()
    .default('')
    .meta(
      ui({
        label: 'Load when empty',
        editor: 'file',
        section: 'Reference data',
        help: 'A file whose rows are put under the prefix when nothing is there yet: for reference tables. CSV or JSON only.',
      }),
    ),
})

type LakeTableConfig = z.output<typeof lakeTableConfig>

function locationOf(config: LakeTableConfig): string {
  return `s3://${config.bucket}/${config.prefix}`
}

function referenceOf(config: LakeTableConfig): Reference {
  return {
    type: 'catalog',
    database: config.database,
    table: config.table,
    location: locationOf(config),
    format: config.format,
  }
}

async function ensureTable(clients: Clients, config: LakeTableConfig): Promise<void> {
  const { database, table, columns, partitionKeys, format } = config
  const wanted: z.input<typeof TableInput> = {
    database,
    name: table,
    columns,
    partitionKeys,
    location: locationOf(config),
    format,
    parameters: format === 'csv' ? { 'skip.header.line.count': '1' } : {},
  }
  const known = (await clients.catalog.listTables({ database })).find((other) => other.name === table)
  if (!known) await clients.catalog.createTable(wanted)
  else if (shapeOf(known) !== shapeOf(wanted))
    await clients.catalog.updateTable({ ...wanted, parameters: { ...known.parameters, ...wanted.parameters } })
}

/** What a table is made of, apart from its properties. */
function shapeOf({ columns, partitionKeys, location, format }: z.input<typeof TableInput>): string {
  const pairs = (of: readonly { name: string; type: string }[]) => of.map(({ name, type }) => [name, type])
  return JSON.stringify([pairs(columns), pairs(partitionKeys), location, format])
}

/** Puts the rows of a file under the prefix when nothing is there, in one object, and says how many there are. */
async function loadWhenEmpty(context: NodeContext<LakeTableConfig>): Promise<number | null> {
  const { clients, config } = context
  if ((await listAll(clients, config.bucket, config.prefix)).length > 0) return null
  const lines: string[] =
    config.format === 'csv' ? [config.columns.map((column) => csvField(column.name)).join(',')] : []
  let rows = 0
  for await (const item of clients.catalog.scan({ uri: config.load }, { signal: context.signal })) {
    for (const text of payloadTexts(item.batch)) {
      const row = parseRow(text)
      if (typeof row === 'string')
        throw new EngineError('InvalidArgument', `${config.load}: ${row}`, { at: { field: 'load' } })
      lines.push(config.format === 'csv' ? csvLine(config, row) : text)
      rows++
    }
  }
  const name = config.load.replace(/^.*[/:]/, '').replace(/\.[^.]*$/, '')
  const body = new TextEncoder().encode(`${lines.join('\n')}\n`)
  await clients.lake.putObject({ bucket: config.bucket, key: `${config.prefix}${name}.${config.format}`, body })
  context.meter.note(`${rows.toLocaleString('en')} rows loaded from ${config.load}`)
  return rows
}

function csvLine(config: LakeTableConfig, row: Row): string {
  return config.columns.map((column) => csvField(row[column.name])).join(',')
}

function csvField(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The sum over all wires, or null where one of them does not know. */
function sumOf(versions: readonly Version[], what: 'rows' | 'bytes'): number | null {
  return versions.reduce<number | null>((sum, version) => {
    const value = version[what]
    return sum === null || value === null ? null : sum + value
  }, 0)
}

export const lakeTable = defineNode({
  kind: 'lake-table',
  title: 'Lake table',
  service: 'S3 and Glue Data Catalog',
  summary: 'A catalog table over the files under a prefix of the lake.',
  group: 'Lake',
  icon: 'table-2',
  inputs: [{ name: 'in', type: 'relation', title: 'Delivered files', many: true }],
  outputs: [{ name: 'out', type: 'relation' }],
  version: 1,
  config: lakeTableConfig,
  behaviour: {
    owns: (config) => [`table "${config.database}.${config.table}"`],
    check: (config) =>
      config.load && config.format === 'parquet'
        ? [
            {
              field: 'format',
              message: 'Reference data are put there as CSV or JSON lines: choose one of these formats.',
            },
          ]
        : [],
    prepare: async (context) => {
      const { clients, config } = context
      await ensureBucket(clients, config.bucket)
      await ensureDatabase(clients, config.database)
      await ensureTable(clients, config)
      if (!config.load) return { rows: null, bytes: null }
      const rows = await loadWhenEmpty(context)
      const bytes = (await listAll(clients, config.bucket, config.prefix)).reduce((sum, { size }) => sum + size, 0)
      return { rows, bytes }
    },
    run: async (context, { rows, bytes }) => {
      const reference = referenceOf(context.config)
      const out = context.relation('out')
      const input = context.versions('in')
      if (!input) {
        context.meter.set({ rowsOut: rows ?? 0, bytesOut: bytes ?? 0 })
        out?.publish({ reference, rows, bytes })
        return
      }
      for (let next = await input.next(); next; next = await input.next()) {
        const { versions } = next
        const counts = { rows: sumOf(versions, 'rows'), bytes: sumOf(versions, 'bytes') }
        context.meter.set({
          rowsIn: counts.rows ?? 0,
          rowsOut: counts.rows ?? 0,
          bytesIn: counts.bytes ?? 0,
          bytesOut: counts.bytes ?? 0,
        })
        out?.publish({ reference, ...counts })
      }
    },
    reference: referenceOf,
  },
})
