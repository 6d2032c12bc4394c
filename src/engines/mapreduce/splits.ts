import type { JobSpec } from './contract.ts'
import { invalidJob } from './errors.ts'
import type { Files, InputFile } from './files.ts'
import type { Split } from './protocol.ts'

/** A rest of a file that is hardly longer than a split is no split of its own (FileInputFormat, SPLIT_SLOP). */
const SLOP = 1.1
const SPLITS_MAX = 100_000
const MIB = 1024 * 1024
/** Splits where files have no blocks: the same number for each process, several, so that none waits long for the last one, but none whose start counts. */
const GOAL = { rounds: 4, leastBytes: 8 * MIB, mostBytes: 64 * MIB }
/** Compressed forms that Hadoop knows and that are not read here. */
const OTHER_COMPRESSIONS = /\.(bz2|snappy|lz4|lzo|deflate)$/

/** Parts of all input files, for one map task each; `processes`: so many run at once. */
export async function planSplits({ input }: JobSpec, files: Files, processes: number): Promise<Split[]> {
  const all: InputFile[] = []
  for (const path of input.paths) all.push(...(await files.list(path)))
  const bytes = all.reduce((sum, file) => sum + file.bytes, 0)
  const rounds = Math.max(GOAL.rounds, Math.ceil(bytes / GOAL.mostBytes / processes))
  const ownBytes = Math.max(GOAL.leastBytes, Math.ceil(bytes / (rounds * processes)))
  const splits: Split[] = []
  for (const file of all) {
    const other = OTHER_COMPRESSIONS.exec(file.uri)
    if (other && input.format !== 'wholeFile')
      throw invalidJob(`${file.uri}: .${other[1]} is not read, only .gz and .zst are.`, 'input.paths')
    if (file.bytes === 0 && input.format !== 'wholeFile') continue
    if (input.format === 'nLine') splits.push(...(await lineSplits(file, input.options.lines, files)))
    else if (isWhole(file, input)) splits.push(splitOf(file, 0, file.bytes))
    else splits.push(...rangeSplits(file, input.splitBytes ?? file.blockBytes ?? ownBytes))
    if (splits.length > SPLITS_MAX)
      throw invalidJob(`The input makes more than ${SPLITS_MAX} splits: set splitBytes higher.`, 'input.splitBytes')
  }
  return splits
}

const isWhole = ({ uri }: InputFile, { format, options }: JobSpec['input']): boolean =>
  format === 'wholeFile' || (format === 'csv' && options.multiline) || /\.(gz|zst)$/.test(uri)

function rangeSplits(file: InputFile, splitBytes: number): Split[] {
  const splits: Split[] = []
  let offset = 0
  for (; (file.bytes - offset) / splitBytes > SLOP; offset += splitBytes) splits.push(splitOf(file, offset, splitBytes))
  if (offset < file.bytes) splits.push(splitOf(file, offset, file.bytes - offset))
  return splits
}

/** Its nodes are those of the block in which it begins, as in Hadoop. */
function splitOf({ uri, bytes, blocks, file }: InputFile, offset: number, length: number): Split {
  const block = blocks.find((each) => offset >= each.offset && offset < each.offset + each.bytes)
  return { uri, offset, length, fileBytes: bytes, dataNodes: block?.nodes ?? [], ...(file !== undefined && { file }) }
}

async function lineSplits(file: InputFile, lines: number, files: Files): Promise<Split[]> {
  if (/\.(gz|zst)$/.test(file.uri))
    throw invalidJob(`${file.uri}: nLine does not split compressed files.`, 'input.paths')
  const splits: Split[] = []
  let start = 0
  let position = 0
  let count = 0
  for await (const chunk of files.read(file.uri, 0, file.bytes)) {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) {
      if (++count % lines !== 0) continue
      splits.push(splitOf(file, start, position + at + 1 - start))
      start = position + at + 1
    }
    position += chunk.length
  }
  if (start < file.bytes) splits.push(splitOf(file, start, file.bytes - start))
  return splits
}
