/** Byte strings that are sorted by their places in one buffer. */
export interface Keys {
  readonly data: Buffer
  /** Start and length of each, by id. */
  readonly offsets: Int32Array
  readonly lengths: Int32Array
}

/** Ids that fit beside a prefix of four bytes into the 53 bits of a double. */
export const IDS_MAX = 2 ** 21
const FEW = 12

/**
 * Sorts ids by their bytes. Four bytes of each and its id make one double, so that the engine's own sort of numbers does the work; what is
 * equal in these is sorted by its next four bytes.
 */
export function sortIds(keys: Keys, ids: Int32Array, start = 0, end = ids.length, depth = 0): void {
  if (end - start < 2) return
  if (end - start <= FEW) {
    insertionSort(keys, ids, start, end, depth)
    return
  }
  const packed = new Float64Array(end - start)
  for (let i = start; i < end; i++) packed[i - start] = prefixAt(keys, ids[i], depth) * IDS_MAX + ids[i]
  packed.sort()
  for (let i = start; i < end; i++) ids[i] = packed[i - start] % IDS_MAX
  for (let run = start; run < end; ) {
    const prefix = Math.floor(packed[run - start] / IDS_MAX)
    let stop = run + 1
    while (stop < end && Math.floor(packed[stop - start] / IDS_MAX) === prefix) stop++
    if (stop - run > 1) sortRun(keys, ids, run, stop, depth + 4)
    run = stop
  }
}

/** Keys that are equal up to `depth`, where the shorter ones have been filled up with zeros: those that ended come first. */
function sortRun(keys: Keys, ids: Int32Array, start: number, end: number, depth: number): void {
  const { lengths } = keys
  let ended = start
  const run = ids.slice(start, end)
  for (const id of run) if (lengths[id] <= depth) ids[ended++] = id
  let longer = ended
  for (const id of run) if (lengths[id] > depth) ids[longer++] = id
  if (ended - start > 1) ids.subarray(start, ended).sort((a, b) => lengths[a] - lengths[b] || a - b)
  sortIds(keys, ids, ended, end, depth)
}

function prefixAt({ data, offsets, lengths }: Keys, id: number, depth: number): number {
  const at = offsets[id] + depth
  const left = lengths[id] - depth
  if (left >= 4) return data[at] * 0x1000000 + ((data[at + 1] << 16) | (data[at + 2] << 8) | data[at + 3])
  let prefix = 0
  for (let i = 0; i < 4; i++) prefix = prefix * 256 + (i < left ? data[at + i] : 0)
  return prefix
}

function insertionSort(keys: Keys, ids: Int32Array, start: number, end: number, depth: number): void {
  for (let i = start + 1; i < end; i++) {
    const id = ids[i]
    let at = i - 1
    for (; at >= start && compareIds(keys, ids[at], id, depth) > 0; at--) ids[at + 1] = ids[at]
    ids[at + 1] = id
  }
}

function compareIds({ data, offsets, lengths }: Keys, a: number, b: number, depth: number): number {
  return (
    compareBytes(data, offsets[a] + depth, lengths[a] - depth, data, offsets[b] + depth, lengths[b] - depth) || a - b
  )
}

/** Byte by byte, the shorter first where one continues the other. */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aLength: number,
  b: Uint8Array,
  bStart: number,
  bLength: number,
): number {
  const common = aLength < bLength ? aLength : bLength
  for (let i = 0; i < common; i++) {
    const difference = a[aStart + i] - b[bStart + i]
    if (difference !== 0) return difference
  }
  return aLength - bLength
}
