import type { Random } from '../kit/pure/random.ts'

/** What a partition key has at most, characters. A longer one is cut, so that equal ones still lead to one shard. */
const KEY_CHARACTERS_MAX = 256

export type Keys = ReturnType<typeof keysOf>

/** Partition keys of records: by a field, or one of its own for each. */
export function keysOf(random: Random, field: string) {
  const path = field.split('.')
  const prefix = random.int(2 ** 31).toString(36)
  let count = 0
  const own = () => `${prefix}-${(count++).toString(36)}`
  return {
    own,
    of: (text: string) => text.slice(0, KEY_CHARACTERS_MAX) || own(),
    /** The field of a record that is JSON. */
    byField: (record: string): string => {
      const found = field === '' ? undefined : path.reduce<unknown>(inside, parsed(record))
      const isKey = typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean'
      return (isKey && String(found).slice(0, KEY_CHARACTERS_MAX)) || own()
    },
  }
}

function inside(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether a stream takes it: its key counts too. */
export function fitsRecord(key: string, data: Uint8Array, recordKiB: number): boolean {
  return data.length + Buffer.byteLength(key) <= recordKiB * 1024
}
