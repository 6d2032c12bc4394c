import { type Duck, literal } from '../kit/node/duck.ts'
import type { Located } from './files.ts'

export interface ColumnChunk {
  readonly bytes: number
  /** As DuckDB writes the statistics; null where the file has none. */
  readonly min: string | null
  readonly max: string | null
  readonly nulls: number | null
}

export interface RowGroup {
  readonly rows: number
  /** By top-level column, in the file's spelling: the chunks of nested fields lie together. */
  readonly chunks: ReadonlyMap<string, ColumnChunk>
}

export interface StoredColumn {
  readonly name: string
  readonly type: string
  /** Iceberg's number of the field; null where the writer gave none. */
  readonly fieldId: number | null
}

export interface ParquetMetadata {
  readonly footerBytes: number
  readonly columns: readonly StoredColumn[]
  readonly rowGroups: readonly RowGroup[]
}

export type Footers = (file: Located) => ParquetMetadata

/** Footers that are kept: a thousand files of a few row groups take some megabytes. */
const FILES_MAX = 4000
/** The last eight bytes of a Parquet file: length of the footer, and PAR1. */
const TAIL_BYTES = 8

/** The footers of Parquet files, read once while a file stays as it is. */
export class ParquetFiles {
  private readonly known = new Map<string, { stamp: string; metadata: ParquetMetadata }>()
  private readonly duck: Duck

  constructor(duck: Duck) {
    this.duck = duck
  }

  /** The footers of these files. They are the caller's own: what others load meanwhile does not push them out. */
  async load(files: readonly Located[]): Promise<Footers> {
    const missing = files.filter((file) => this.known.get(file.file)?.stamp !== stamp(file))
    for (let at = 0; at < missing.length; at += 500) await this.read(missing.slice(at, at + 500))
    const footers = new Map<string, ParquetMetadata>()
    for (const { file } of files) {
      const entry = this.known.get(file)
      if (entry) footers.set(file, entry.metadata)
    }
    for (const path of this.known.keys()) {
      if (this.known.size <= FILES_MAX) break
      this.known.delete(path)
    }
    return ({ file }) => {
      const metadata = footers.get(file)
      if (!metadata) throw new Error(`the footer of ${file} was not loaded`)
      return metadata
    }
  }

  private async read(files: readonly Located[]): Promise<void> {
    const list = `[${files.map((file) => literal(file.file)).join(', ')}]`
    const [sizes, schemas, chunks] = await this.duck.use(async (session) => [
      await session.query(`SELECT file_name, footer_size::DOUBLE FROM parquet_file_metadata(${list})`),
      await session.query(
        `SELECT file_name, name, duckdb_type, num_children::INTEGER, field_id::INTEGER, column_id::INTEGER FROM parquet_schema(${list}) ORDER BY file_name, column_id`,
      ),
      await session.query(
        `SELECT file_name, row_group_id::INTEGER, row_group_num_rows::DOUBLE, path_in_schema, total_compressed_size::DOUBLE,
           coalesce(stats_min_value, stats_min), coalesce(stats_max_value, stats_max), stats_null_count::DOUBLE FROM parquet_metadata(${list})`,
      ),
    ])
    const read = new Map<string, { footerBytes: number; columns: StoredColumn[]; groups: Group[] }>()
    for (let i = 0; i < sizes.rowCount; i++) {
      const footerBytes = Number(sizes.values[1][i]) + TAIL_BYTES
      read.set(String(sizes.values[0][i]), { footerBytes, columns: [], groups: [] })
    }
    topLevelColumns(schemas.values, (file, column) => read.get(file)?.columns.push(column))
    for (let i = 0; i < chunks.rowCount; i++)
      addChunk(
        read,
        chunks.values.map((column) => column[i]),
      )
    for (const file of files) {
      const found = read.get(file.file)
      if (!found) continue
      const metadata = { footerBytes: found.footerBytes, columns: found.columns, rowGroups: found.groups }
      this.known.delete(file.file)
      this.known.set(file.file, { stamp: stamp(file), metadata })
    }
  }
}

type Cells = readonly (string | number | boolean | null)[]
type Group = { rows: number; chunks: Map<string, ColumnChunk> }

function stamp(file: Located): string {
  return `${file.size}:${file.modifiedMs}`
}

/** Walks the schema, which lists every node of the tree depth first, and tells its top-level columns. */
function topLevelColumns(values: readonly Cells[], tell: (file: string, column: StoredColumn) => void) {
  const [files, names, types, children, ids] = values
  let file = ''
  /** Nodes still to come below the node being read, per level. */
  let open: number[] = []
  for (let i = 0; i < files.length; i++) {
    if (files[i] !== file) {
      file = String(files[i])
      open = [Number(children[i] ?? 0)]
      continue
    }
    if (open.length === 1)
      tell(file, { name: String(names[i]), type: String(types[i]), fieldId: ids[i] === null ? null : Number(ids[i]) })
    open[open.length - 1]--
    if (Number(children[i] ?? 0) > 0) open.push(Number(children[i]))
    while (open.length > 1 && open[open.length - 1] === 0) open.pop()
  }
}

function addChunk(read: Map<string, { groups: Group[] }>, cells: Cells): void {
  const [file, group, rows, path, bytes, min, max, nulls] = cells
  const groups = read.get(String(file))?.groups
  if (!groups) return
  groups[Number(group)] ??= { rows: Number(rows), chunks: new Map() }
  const { chunks } = groups[Number(group)]
  const name = String(path).split(', ')[0]
  const before = chunks.get(name)
  chunks.set(
    name,
    before
      ? { bytes: before.bytes + Number(bytes), min: null, max: null, nulls: null }
      : {
          bytes: Number(bytes),
          min: min === null ? null : String(min),
          max: max === null ? null : String(max),
          nulls: nulls === null ? null : Number(nulls),
        },
  )
}
