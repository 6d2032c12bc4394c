import type { DuckFailure } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'

/** URIs of files by the paths that DuckDB knows. */
type Places = readonly ReadonlyMap<string, string>[]

const SHOWN = 300

/** What DuckDB says of a file that it cannot read, in Trino's code and words, with the file; undefined where it speaks of something else. */
export function fileFailure(failure: DuckFailure, places: Places): EngineError | undefined {
  const { message } = failure
  if (OF_VALUES.test(failure.kind)) return undefined
  const uri = fileOf(message, places)
  const at = uri ?? onlyFile(places) ?? 'a file of the table'
  if (/does not support a full read|Maximum line size|max_line_size/.test(message))
    return new EngineError('HIVE_BAD_DATA', `Line too long in text file: ${at}. Lines have 7,500,000 bytes at most`)
  if (/Invalid unicode|unicode \(byte sequence/i.test(message))
    return new EngineError('HIVE_BAD_DATA', `Text file ${at} is not UTF-8: set serialization.encoding`)
  if (/^HIVE_/.test(message)) return undefined
  if (OF_PARQUET.test(message) && (uri !== undefined || failure.kind !== 'Invalid Input'))
    return new EngineError('HIVE_BAD_DATA', `Malformed Parquet file: ${at}: ${short(message, places)}`)
  if (uri === undefined || (failure.kind !== 'IO' && failure.kind !== 'Invalid Input')) return undefined
  return new EngineError('HIVE_CANNOT_OPEN_SPLIT', `Error opening ${uri}: ${short(message, places)}`)
}

/** Kinds of failures that are of values and texts, whatever a value's words are. */
const OF_VALUES =
  /^(Conversion|Out of Range|Binder|Parser|Catalog|Mismatch Type|Constraint|Out of Memory|INTERRUPT|Permission)$/

/** What DuckDB and the libraries within it say of the inside of a Parquet file. */
const OF_PARQUET =
  /parquet|thrift|TProtocol|magic bytes|Variable-length int|what type|snappy|zstd|gzip|decompress|page header|out of buffer|corrupt/i

export function brokenParquet(failure: DuckFailure, { file, uri }: { file: string; uri: string }): EngineError {
  const words = short(failure.message, [new Map([[file, uri]])])
  return new EngineError('HIVE_BAD_DATA', `Malformed Parquet file: ${uri}: ${words}`)
}

/** A failure that names files of the workspace, naming objects of the lake instead. */
export function inTheLake(error: EngineError, places: Places): EngineError {
  const message = replaced(error.message, places)
  if (message === error.message) return error
  const { code, domain, retry, at } = error
  return new EngineError(code, message, { domain, retry, ...(at && { at }), cause: error.cause })
}

function fileOf(message: string, places: Places): string | undefined {
  for (const map of places) for (const [path, uri] of map) if (message.includes(path)) return uri
  return undefined
}

function onlyFile(places: Places): string | undefined {
  const [only, ...others] = places.flatMap((map) => [...map.values()])
  return others.length === 0 ? only : undefined
}

function short(message: string, places: Places): string {
  return replaced(message.split('\n')[0].slice(0, SHOWN), places)
}

function replaced(message: string, places: Places): string {
  let text = message
  for (const map of places) for (const [path, uri] of map) text = text.replaceAll(path, uri)
  return text
}
