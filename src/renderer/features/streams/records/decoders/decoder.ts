/** How a person wants bytes to be read. `auto` looks at the bytes; Avro and Protobuf without a frame have to be chosen, since any bytes may be theirs. */
export interface Choice {
  readonly format: Format
  /** Of Avro: its JSON. */
  readonly avro: string
  /** Of Protobuf: a .proto file. */
  readonly proto: string
  /** The message in it, by its full name; the first one where it is empty. */
  readonly message: string
}

export type Format = 'auto' | 'json' | 'avro' | 'protobuf' | 'text' | 'hex'

export const AUTO: Choice = { format: 'auto', avro: '', proto: '', message: '' }

/** What bytes say, for a table, for a reader and for conditions. */
export interface Decoded {
  /** How they were read, from the outside in: `gzip`, `KPL`, `JSON`. */
  readonly layers: readonly string[]
  /** All of it in one line, for tables and searches. */
  readonly line: string
  /** The whole, laid out; empty where only the line was asked for. */
  readonly text: string
  /** Where they are structured. */
  readonly value?: unknown
  /** The user records in a record of KPL's. */
  readonly parts?: readonly Part[]
  /** Why they are not shown as was asked. */
  readonly problem?: string
}

export interface Part {
  readonly key: string
  readonly hashKey: string | null
  readonly bytes: number
  readonly decoded: Decoded
}

/** Reads a value out of bytes, or throws why it cannot. */
export type Read = (bytes: Uint8Array) => unknown | Promise<unknown>

export type Compression = 'gzip' | 'deflate' | 'deflate-raw'
