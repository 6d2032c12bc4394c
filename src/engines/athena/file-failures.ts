import type { DuckFailure } from '../kit/node/duck.ts'
import { EngineError } from '../kit/pure/errors.ts'

/** URIs of files by the paths that DuckDB knows. */
type Places = readonly ReadonlyMap<string, string>[]

const SHOWN = 300

/** What DuckDB says of a file that it cannot read, in Trino's code and words, with the file; undefined where it speaks of something else. */
export function fileFailure(failure: DuckFailure, places: Places): EngineError | undefined {
  const { message } = failure
  const uri = fileOf(message, places)
  const at = uri ?? onlyFile(places) ?? 'a file of the table'
  if (/does not support a full read|Maximum line size|max_line_size/.test(message))
    return new EngineError('HIVE_BAD_DATA', `Line too long in text file: ${at}. Lines have 7,500,000 bytes at most`)
  if (/Invalid unicode|unicode \(byte sequence/i.test(message))
    return new EngineError('HIVE_BAD_DATA', `Text file ${at} is not UTF-8: set serialization.encoding`)
  if (/gzip|zlib|zstd|decompress/i.test(message))
    return new EngineError('HIVE_CURSOR_ERROR', `Failed to read file ${at}: ${short(message, places)}`)
  if (
    uri === undefined ||
    (failure.kind !== 'IO' && failure.kind !== 'Invalid Input' && !/parquet|thrift/i.test(message))
  )
    return undefined
  if (/^HIVE_/.test(message)) return undefined
  const parquet = /parquet|thrift|magic|footer|page/i.test(message)
  return new EngineError(parquet ? 'HIVE_BAD_DATA' : 'HIVE_CANNOT_OPEN_SPLIT', `${at}: ${short(message, places)}`)
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
