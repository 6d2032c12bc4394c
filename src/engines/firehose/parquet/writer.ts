import { gzipSync } from 'node:zlib'
import type { FileMetaData, SchemaElement } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import { snappyCompress } from 'hyparquet-writer/src/snappy.js'
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js'
import { GrowingBytes, packBits } from './bytes.ts'
import type { ChunkData } from './columns.ts'

export type ParquetCompression = 'SNAPPY' | 'GZIP' | 'UNCOMPRESSED'

const COMPRESS: Record<ParquetCompression, (bytes: Uint8Array) => Uint8Array> = {
  SNAPPY: snappyCompress,
  GZIP: (bytes) => gzipSync(bytes),
  UNCOMPRESSED: (bytes) => bytes,
}

type RowGroup = FileMetaData['row_groups'][number]
type Column = RowGroup['columns'][number]

const MAGIC = new Uint8Array([0x50, 0x41, 0x52, 0x31])
const [PLAIN, RLE, RLE_DICTIONARY] = [0, 3, 8]

/**
 * Writes a Parquet file row group by row group: one dictionary page and one data page (version 1) a column chunk. Page headers,
 * footer and Snappy are hyparquet-writer's; values come packed from our own columns, about four times as fast as its arrays.
 */
export class ParquetFile {
  /** The file so far, in pieces: it is joined once, at its end, so that it never lies twice in memory while it grows. */
  private parts: Uint8Array[] = []
  private size = 0
  private readonly schema: SchemaElement[]
  private readonly codec: ParquetCompression
  private readonly rowGroups: RowGroup[] = []
  private rows = 0

  constructor(columns: readonly SchemaElement[], codec: ParquetCompression) {
    this.schema = [{ name: 'hive_schema', num_children: columns.length }, ...columns]
    this.codec = codec
    this.append(MAGIC)
  }

  get length(): number {
    return this.size
  }

  addRowGroup(chunks: readonly ChunkData[]): void {
    const start = this.size
    const columns = chunks.map((chunk, i) => this.column(chunk, this.schema[i + 1]))
    const rows = chunks[0]?.rows ?? 0
    this.rows += rows
    this.rowGroups.push({
      columns,
      num_rows: BigInt(rows),
      total_byte_size: columns.reduce((sum, c) => sum + (c.meta_data?.total_uncompressed_size ?? 0n), 0n),
      file_offset: BigInt(start),
      total_compressed_size: BigInt(this.size - start),
    })
  }

  /** The whole file, once. */
  finish(): Uint8Array<ArrayBuffer> {
    const footer = new ByteWriter()
    writeMetadata(footer, {
      version: 2,
      schema: this.schema,
      num_rows: BigInt(this.rows),
      row_groups: this.rowGroups,
      created_by: 'millrace',
      metadata_length: 0,
    })
    this.append(footer.getBytes())
    this.append(MAGIC)
    const file = new Uint8Array(this.size)
    let at = 0
    for (const part of this.parts) {
      file.set(part, at)
      at += part.length
    }
    this.parts = []
    return file
  }

  /** Writers give views of buffers with room to grow: what is kept has no such room. */
  private append(bytes: Uint8Array): void {
    this.parts.push(bytes.length < bytes.buffer.byteLength ? bytes.slice() : bytes)
    this.size += bytes.length
  }

  private column(chunk: ChunkData, element: SchemaElement): Column {
    const start = this.size
    let uncompressed = 0
    const page = (content: Uint8Array, header: object) => {
      const compressed = COMPRESS[this.codec](content)
      const before = this.size
      const writer = new ByteWriter()
      const { field_1, ...rest } = header as { field_1: number }
      serializeTCompactProtocol(writer, { field_1, field_2: content.length, field_3: compressed.length, ...rest })
      this.append(writer.getBytes())
      uncompressed += this.size - before + content.length
      this.append(compressed)
    }
    const { dictionary } = chunk
    if (dictionary) page(dictionary.bytes, { field_1: 2, field_7: { field_1: dictionary.count, field_2: PLAIN } })
    const dataStart = this.size
    const encoding = dictionary ? RLE_DICTIONARY : PLAIN
    page(dataPage(chunk), {
      field_1: 0,
      field_5: { field_1: chunk.rows, field_2: encoding, field_3: RLE, field_4: RLE },
    })
    return {
      file_offset: BigInt(start),
      meta_data: {
        type: element.type!,
        encodings: dictionary ? ['PLAIN', 'RLE', 'RLE_DICTIONARY'] : ['PLAIN', 'RLE'],
        path_in_schema: [element.name],
        codec: this.codec,
        num_values: BigInt(chunk.rows),
        total_uncompressed_size: BigInt(uncompressed),
        total_compressed_size: BigInt(this.size - start),
        data_page_offset: BigInt(dataStart),
        dictionary_page_offset: dictionary && BigInt(start),
        statistics: chunk.statistics,
      },
    }
  }
}

/** Definition levels (all columns are optional), then the values. */
function dataPage(chunk: ChunkData): Uint8Array {
  const levels = new GrowingBytes(64)
  if (chunk.nullCount === 0) {
    levels.varint(chunk.rows << 1)
    levels.u8(1)
  } else packBits(levels, chunk.levels, chunk.rows, 1)
  const page = new GrowingBytes(4 + levels.length + chunk.values.length)
  page.u32(levels.length)
  page.append(levels.bytes)
  page.append(chunk.values)
  return page.bytes
}
