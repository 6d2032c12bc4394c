import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import { EngineError } from '../../kit/pure/errors.ts'
import { parseSequenceNumber, parseShardId } from '../sequence.ts'
import { invalidArgument } from './common.ts'

/** Real time, also where the engine's clock is virtual: it is clients that hold iterators. */
const LIFE_MS = 300_000
const VERSION = Buffer.from('0000000000000001', 'hex')

/**
 * An iterator is stateless: it says where it stands. It is encrypted only to be opaque, as the service's is, with the same length; there is
 * nothing secret in it, so the key is no secret either.
 */
const KEY = createHash('sha256').update('millrace shard iterator').digest()
const IV = Buffer.alloc(16)
const FILL = '0'.repeat(36)

export interface Iterator {
  readonly stream: string
  readonly shardId: string
  /** Of the record to be read next; it also tells a stream from an earlier one of the same name. */
  readonly sequenceNumber: string
}

export function writeIterator({ stream, shardId, sequenceNumber }: Iterator, realNowMs: number): string {
  const text = [String(realNowMs).padStart(14, '0'), stream, shardId, sequenceNumber, FILL].join('/')
  const cipher = createCipheriv('aes-256-cbc', KEY, IV)
  return Buffer.concat([VERSION, cipher.update(text), cipher.final()]).toString('base64')
}

export function readIterator(token: string, realNowMs: number): Iterator {
  const [issued, stream, shardId, sequenceNumber] = decrypt(token)
  const issuedMs = Number(issued)
  if (!(issuedMs > 0 && issuedMs <= realNowMs)) throw invalid()
  if (realNowMs - issuedMs > LIFE_MS) {
    throw new EngineError(
      'ExpiredIteratorException',
      `Iterator expired. The iterator was created at time ${utc(issuedMs)} while right now it is ${utc(realNowMs)} which is further in the future than the tolerated delay of ${LIFE_MS} milliseconds.`,
    )
  }
  if (parseShardId(shardId) === undefined || !parseSequenceNumber(sequenceNumber)) throw invalid()
  return { stream, shardId, sequenceNumber }
}

function decrypt(token: string): string[] {
  const bytes = Buffer.from(token, 'base64')
  if (bytes.toString('base64') !== token || !bytes.subarray(0, 8).equals(VERSION)) throw invalid()
  try {
    const cipher = createDecipheriv('aes-256-cbc', KEY, IV)
    const pieces = (cipher.update(bytes.subarray(8), undefined, 'utf8') + cipher.final('utf8')).split('/')
    if (pieces.length === 5) return pieces
  } catch {
    // Not one of ours.
  }
  throw invalid()
}

function invalid(): EngineError {
  return invalidArgument('Invalid ShardIterator.')
}

/** `Thu Jan 22 01:22:02 UTC 2015`, as the service writes times. */
function utc(timeMs: number): string {
  const [day, date, month, year, time] = new Date(timeMs).toUTCString().replace(',', '').split(' ')
  return `${day} ${month} ${date} ${time} UTC ${year}`
}
