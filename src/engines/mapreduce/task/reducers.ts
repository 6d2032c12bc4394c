import type { TaskOrder } from '../protocol.ts'
import { readValue, TAG, textOf, type Value } from './codec.ts'
import { Command } from './command.ts'
import type { Report } from './context.ts'
import type { Groups } from './groups.ts'

/** What is done with sorted records, group by group. */
export interface Reducer {
  setup(): unknown
  /** Takes a group, of which `groups` stands before the first record. */
  reduce(groups: Groups): unknown
  cleanup(): unknown
}

/** Gives a command all records as lines, `key<tab>value`; `seen` is called for each. */
export function commandReducer(
  argv: readonly string[],
  order: TaskOrder,
  report: Report,
  onLine: (line: Buffer) => void,
  seen: (groups: Groups) => void,
): Reducer {
  const command = new Command(argv, order, report, onLine)
  return {
    setup() {},
    async reduce(groups) {
      while (groups.step()) {
        const { key, sortLength, keyLength, buffer, valueStart, valueLength } = groups.merger.current
        seen(groups)
        command.write(key.subarray(sortLength, keyLength))
        command.write('\t')
        command.write(rawText(buffer, valueStart, valueLength))
        command.write('\n')
        if (command.isBehind) await command.catchUp()
      }
    },
    cleanup: () => command.end(),
  }
}

/** Queries whole groups, as many at once as make a query worth its start. */
export async function sqlReducer(
  text: string,
  { directory }: TaskOrder,
  emit: (key: Value, value: Value) => void,
  seen: (groups: Groups) => void,
): Promise<Reducer> {
  const { SqlFunction } = await import('./sql.ts')
  const sql = await SqlFunction.open(text, directory, emit)
  return {
    setup() {},
    reduce(groups) {
      while (groups.step()) {
        const { key, sortLength, keyLength, buffer, valueStart, valueLength } = groups.merger.current
        seen(groups)
        sql.add(key.utf8Slice(sortLength, keyLength), readValue(buffer, valueStart, valueStart + valueLength))
      }
      return sql.isFull ? sql.run() : undefined
    },
    cleanup: () => sql.end(),
  }
}

function rawText(buffer: Buffer, start: number, length: number): string | Uint8Array {
  const tag = buffer[start]
  if (tag === TAG.text || tag === TAG.bytes) return buffer.subarray(start + 1, start + length)
  return textOf(readValue(buffer, start, start + length))
}
