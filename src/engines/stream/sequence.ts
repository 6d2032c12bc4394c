/**
 * Sequence numbers as Kinesis writes them: 186 bits in decimal, whose 47 hexadecimal digits are
 *
 *     2 | created 9 | shard 1 | counter 16 | 00 | put 9 | shard 8 | 2
 *
 * created and put in epoch seconds, shard by its index (the single digit is its lowest). The layout is what conformance suites of
 * emulators check; AWS documents only that the numbers ascend in a shard. Our counter is the record's offset plus one, so that the
 * shard's own starting sequence number is less than that of any record, and a number leads to its record without a search.
 */
export interface SequencePlace {
  readonly shard: number
  /** −1 in a shard's starting sequence number. */
  readonly offset: number
  readonly shardCreatedS: number
  readonly putS: number
  /** It lies between the record at `offset` and the next one: reading at it and after it are the same. */
  readonly between?: true
}

/** One step of the counter: 20 hexadecimal digits follow it. */
const COUNTER_STEP = 16n ** 20n
const COUNTER_END = 0x7fffffffffffffffn

/** The two digits after the counter: 00 in the number of a record, all set in one that lies between two. */
const RECORD = '00'
const BETWEEN = 'ff'

export function sequenceNumber(shard: number, offset: number, shardCreatedS: number, arrivalMs: number): string {
  return compose(shard, BigInt(offset + 1), shardCreatedS, Math.floor(arrivalMs / 1000))
}

/** `sequenceNumber` for many offsets of one put to one shard: they differ in the counter alone. */
export function sequenceNumbers(shard: number, shardCreatedS: number, arrivalMs: number): (offset: number) => string {
  const base = BigInt(compose(shard, 0n, shardCreatedS, Math.floor(arrivalMs / 1000)))
  return (offset) => (base + BigInt(offset + 1) * COUNTER_STEP).toString()
}

/** Decimal digits of every sequence number: the leading hexadecimal 2 keeps them between 2 × 16^46 and 3 × 16^46. */
export const SEQUENCE_DIGITS = 56

const STEP_DIGITS = Uint8Array.from(COUNTER_STEP.toString(), Number)

/** Turns a sequence number, as ASCII digits that end before `end`, into that of the next offset: cheaper by far than a bigint's way to text. */
export function advanceSequenceDigits(digits: Uint8Array, end: number): void {
  let carry = 0
  let at = end - 1
  for (let i = STEP_DIGITS.length - 1; i >= 0; i--, at--) {
    const sum = digits[at] + STEP_DIGITS[i] + carry
    carry = sum > 0x39 ? 1 : 0
    digits[at] = carry ? sum - 10 : sum
  }
  for (; carry; at--) {
    if (digits[at] < 0x39) {
      digits[at]++
      return
    }
    digits[at] = 0x30
  }
}

export function startingSequenceNumber(shard: number, shardCreatedS: number): string {
  return compose(shard, 0n, shardCreatedS, shardCreatedS)
}

/** Greater than that of any record of the shard. */
export function endingSequenceNumber(shard: number, shardCreatedS: number, closedMs: number): string {
  return compose(shard, COUNTER_END, shardCreatedS, Math.floor(closedMs / 1000))
}

/**
 * Where a reader stands who has read all records before `nextOffset`: greater than the number of the last of them, less than that of the
 * next. So it can be used both ways, as a continuation must: from it on, and after it.
 */
export function continuationSequenceNumber(
  shard: number,
  nextOffset: number,
  shardCreatedS: number,
  nowMs: number,
): string {
  return compose(shard, BigInt(nextOffset), shardCreatedS, Math.floor(nowMs / 1000), BETWEEN)
}

/** What a sequence number says, or undefined where the text is none. An ending number has offset Infinity. */
export function parseSequenceNumber(text: string): SequencePlace | undefined {
  if (!/^[1-9]\d{55,56}$/.test(text)) return undefined
  const digits = BigInt(text).toString(16)
  const mark = digits.slice(27, 29)
  if (digits.length !== 47 || digits[0] !== '2' || digits[46] !== '2') return undefined
  if (mark !== RECORD && mark !== BETWEEN) return undefined
  const shard = Number.parseInt(digits.slice(38, 46), 16)
  if (Number.parseInt(digits[10], 16) !== (shard & 15)) return undefined
  const counter = BigInt(`0x${digits.slice(11, 27)}`)
  return {
    shard,
    offset: counter === COUNTER_END ? Number.POSITIVE_INFINITY : Number(counter) - 1,
    shardCreatedS: Number.parseInt(digits.slice(1, 10), 16),
    putS: Number.parseInt(digits.slice(29, 38), 16),
    ...(mark === BETWEEN && { between: true }),
  }
}

export function shardIdOf(index: number): string {
  return `shardId-${String(index).padStart(12, '0')}`
}

export function parseShardId(shardId: string): number | undefined {
  const found = /^shardId-(\d{12})$/.exec(shardId)
  return found ? Number(found[1]) : undefined
}

function compose(shard: number, counter: bigint, createdS: number, putS: number, mark = RECORD): string {
  const digits = `2${hex(createdS, 9)}${hex(shard & 15, 1)}${hex(counter, 16)}${mark}${hex(putS, 9)}${hex(shard, 8)}2`
  return BigInt(`0x${digits}`).toString()
}

function hex(value: number | bigint, length: number): string {
  return value.toString(16).padStart(length, '0')
}
