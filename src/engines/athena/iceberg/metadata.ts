import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import type { CatalogTable } from '../../catalog/contract.ts'
import type { Clients } from '../../contract.ts'
import { avroFileValues } from '../../kit/node/avro-file.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { type DataFile, splitUri } from '../files.ts'
import type { Version } from '../translate/table-reference.ts'

/** A type as Iceberg's JSON has it. */
export type IcebergType =
  | string
  | { type: 'struct'; fields: IcebergField[] }
  | { type: 'list'; element: IcebergType }
  | { type: 'map'; key: IcebergType; value: IcebergType }

export interface IcebergField {
  readonly id: number
  readonly name: string
  readonly type: IcebergType
}

/** What a table is at a snapshot. */
export interface IcebergState {
  readonly fields: readonly IcebergField[]
  readonly data: readonly DataFile[]
  /** Files of rows that are deleted, by file and position. */
  readonly deletes: readonly DataFile[]
}

/** Ids of snapshots have 64 bits, so that they are texts here. */
export interface IcebergSnapshot {
  readonly 'snapshot-id': string
  readonly 'parent-snapshot-id'?: string
  readonly 'timestamp-ms': number
  readonly 'manifest-list'?: string
  readonly 'schema-id'?: number
  readonly summary?: Readonly<Record<string, string>>
}

export interface IcebergMetadata {
  'format-version': number
  location: string
  schema?: { fields: IcebergField[] }
  schemas?: { 'schema-id': number; fields: IcebergField[] }[]
  'current-schema-id'?: number
  'current-snapshot-id'?: string | null
  snapshots?: IcebergSnapshot[]
  'snapshot-log'?: { 'snapshot-id': string; 'timestamp-ms': number }[]
}

interface Manifest {
  manifest_path: string
  content?: number
}

interface Entry {
  status: number
  data_file: { content?: number; file_path: string; file_format: string }
}

const DELETED = 2
const POSITIONS = 1

/** Reads metadata, manifest list and manifests (Apache Iceberg, "Table Spec", versions 1 and 2). What is not honoured is refused by name. */
export async function icebergState(
  table: CatalogTable,
  version: Version | undefined,
  lake: Pick<Clients['lake'], 'locate'>,
): Promise<IcebergState> {
  const { metadata, location } = await icebergMetadata(table, lake)
  const refuse = (what: string) =>
    new EngineError('NOT_SUPPORTED', `Iceberg ${what} not supported by Millrace: ${location}`)
  if (metadata['format-version'] > 2) throw refuse(`tables of format version ${metadata['format-version']} are`)
  const id = version ? snapshotAt(metadata, version, table) : metadata['current-snapshot-id']
  const snapshot = metadata.snapshots?.find((one) => one['snapshot-id'] === id)
  // A snapshot is read by the schema of its time, the current one by the current schema.
  const schemaId = (version && snapshot?.['schema-id']) ?? metadata['current-schema-id']
  const schema = metadata.schemas?.find((one) => one['schema-id'] === schemaId) ?? metadata.schema
  if (!schema) throw damaged(location, 'it has no current schema')
  if (!snapshot) return { fields: schema.fields, data: [], deletes: [] }
  const list = snapshot['manifest-list']
  if (list === undefined) throw refuse('snapshots without a manifest list are')
  const known = new Map((await allUnder(metadata.location, lake)).map((file) => [file.uri, file]))
  const open = async (uri: string) => known.get(plainUri(uri)) ?? objectAt(uri, lake)
  const data: DataFile[] = []
  const deletes: DataFile[] = []
  for (const manifest of await avroRecords<Manifest>(await open(list))) {
    for (const { status, data_file: file } of await avroRecords<Entry>(await open(manifest.manifest_path))) {
      if (status === DELETED) continue
      const content = file.content ?? 0
      if (content > POSITIONS) throw refuse('equality deletes are')
      if (file.file_format.toUpperCase() !== 'PARQUET') throw refuse(`files of the format ${file.file_format} are`)
      const target = content === POSITIONS ? deletes : data
      target.push(await open(file.file_path))
    }
  }
  return { fields: schema.fields, data, deletes }
}

function snapshotAt(metadata: IcebergMetadata, version: Version, { database, name }: CatalogTable): string {
  if ('snapshotId' in version) {
    const { snapshotId } = version
    if (metadata.snapshots?.some((one) => one['snapshot-id'] === snapshotId)) return snapshotId
    throw new EngineError('INVALID_ARGUMENTS', `Iceberg snapshot ID does not exists: ${snapshotId}`)
  }
  const entry = metadata['snapshot-log']?.findLast((one) => one['timestamp-ms'] <= version.atMs)
  if (entry) return entry['snapshot-id']
  const at = new Date(version.atMs).toISOString()
  throw new EngineError('INVALID_ARGUMENTS', `No version history table "${database}"."${name}" at or before ${at}`)
}

export async function icebergMetadata(
  { database, name, parameters }: CatalogTable,
  lake: Pick<Clients['lake'], 'locate'>,
): Promise<{ metadata: IcebergMetadata; location: string }> {
  const location = parameters.metadata_location
  if (location === undefined)
    throw new EngineError('ICEBERG_MISSING_METADATA', `Table ${database}.${name} has no metadata_location`)
  return { metadata: await readMetadata(await objectAt(location, lake)), location }
}

async function readMetadata({ file, uri }: DataFile): Promise<IcebergMetadata> {
  const bytes = await readFile(file)
  try {
    const text = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes
    return JSON.parse(text.toString('utf8'), exactIds) as IcebergMetadata
  } catch (thrown) {
    throw damaged(uri, (thrown as Error).message)
  }
}

function exactIds(key: string, value: unknown, context?: { source: string }): unknown {
  return key.endsWith('snapshot-id') && typeof value === 'number' ? context!.source : value
}

async function avroRecords<T>({ file, uri }: DataFile): Promise<T[]> {
  const records: T[] = []
  try {
    for await (const record of avroFileValues(file)) records.push(record as T)
  } catch (thrown) {
    throw damaged(uri, (thrown as Error).message)
  }
  return records
}

/** Hadoop's clients write other schemes of the same store. */
function plainUri(uri: string): string {
  return uri.replace(/^s3[an]:/, 's3:')
}

async function allUnder(location: string, lake: Pick<Clients['lake'], 'locate'>): Promise<DataFile[]> {
  const uri = plainUri(location)
  const { bucket } = splitUri(uri)
  const objects = await lake.locate({ uri: uri.endsWith('/') ? uri : `${uri}/` })
  return objects.map((object) => ({ ...object, uri: `s3://${bucket}/${object.key}` }))
}

async function objectAt(uri: string, lake: Pick<Clients['lake'], 'locate'>): Promise<DataFile> {
  const plain = plainUri(uri)
  const { prefix } = splitUri(plain)
  const found = (await lake.locate({ uri: plain })).find(({ key }) => key === prefix)
  if (!found) throw new EngineError('ICEBERG_MISSING_METADATA', `${plain} of the Iceberg table is not in the lake`)
  return { ...found, uri: plain }
}

function damaged(uri: string, why: string): EngineError {
  return new EngineError('ICEBERG_INVALID_METADATA', `${uri} cannot be read: ${why}`)
}
