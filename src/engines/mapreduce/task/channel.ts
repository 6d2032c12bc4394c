import { readSync, writeSync } from 'node:fs'
import type { FromTask } from '../protocol.ts'

const ANSWERS = 3
const DATA = 5

/** Says something to the engine, at once: nothing is lost when the process ends. */
export function tell(message: FromTask): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`)
  for (let at = 0; at < bytes.length; ) at += writeSync(ANSWERS, bytes, at)
}

/** Bytes that were asked for and have not been taken yet. */
let owed = 0

export function ask(offset: number, length: number): void {
  owed += length
  tell({ type: 'read', offset, length })
}

/** Takes what was asked for into a buffer; waits for it. */
export function take(into: Buffer, at: number, length: number): void {
  owed -= length
  for (let end = at + length; at < end; ) {
    const read = readSync(DATA, into, at, end - at, null)
    if (read === 0) throw new Error('Millrace is gone.')
    at += read
  }
}

/** Throws away what was asked for in vain. */
export function settle(): void {
  const scrap = Buffer.allocUnsafe(Math.min(owed, 1024 * 1024))
  while (owed > 0) take(scrap, 0, Math.min(owed, scrap.length))
}

/** Stands until the engine says that it may go on. */
export function hold(): void {
  settle()
  readSync(DATA, Buffer.alloc(1), 0, 1, null)
}
