import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** A file that a log was written to, now or before it was rotated. */
export interface Generation {
  readonly file: string
  readonly device: string
  readonly inode: string
  readonly size: number
}

/** What logrotate and logging libraries append: a number that rises with age, or a date. */
const NUMBERED = /^\.(\d{1,4})$/
const DATED = /^[.-](\d{4}-?\d{2}-?\d{2}[-T_.\d]*)$/

/**
 * The files under a rotated log's name, oldest first; the last is the one that is written now, where there is one. Names move on while logs
 * rotate, and half of a list from before and half from after would hide a file: two lists in a row must be the same.
 */
export async function generationsOf(path: string): Promise<Generation[]> {
  for (let before = await listed(path); ; ) {
    const now = await listed(path)
    if (sameFiles(before, now)) return now
    before = now
  }
}

export function sameFiles(a: readonly Generation[], b: readonly Generation[]): boolean {
  return a.length === b.length && a.every(({ file, inode }, i) => file === b[i].file && inode === b[i].inode)
}

async function listed(path: string): Promise<Generation[]> {
  const name = basename(path)
  const folder = dirname(path)
  const names = await readdir(folder).catch(() => [])
  const suffixes = names.filter((other) => other.startsWith(name)).map((other) => other.slice(name.length))
  const dated = suffixes.filter((suffix) => DATED.test(suffix)).sort()
  const numbered = suffixes.filter((suffix) => NUMBERED.test(suffix)).sort((a, b) => age(b) - age(a))
  const now = suffixes.filter((suffix) => suffix === '')
  const found: Generation[] = []
  for (const suffix of [...dated, ...numbered, ...now]) {
    const file = join(folder, `${name}${suffix}`)
    const info = await stat(file, { bigint: true }).catch(() => null)
    if (info?.isFile()) found.push({ file, device: String(info.dev), inode: String(info.ino), size: Number(info.size) })
  }
  return found
}

function age(suffix: string): number {
  return Number(NUMBERED.exec(suffix)?.[1])
}
