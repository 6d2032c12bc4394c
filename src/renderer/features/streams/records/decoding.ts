import type { Choice, Decoded } from './decoders/decoder.ts'
import type { Scan, Scanned } from './scan.ts'

export type Question = { readonly choice: Choice } & (
  | { readonly kind: 'scan'; readonly scan: Scan }
  | { readonly kind: 'decode'; readonly bytes: Uint8Array }
  | { readonly kind: 'check' }
)

export interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: string
}

/** What a choice's schemas are: the messages of a .proto file, and what is wrong. */
export interface Checked {
  readonly problems: { readonly avro?: string; readonly proto?: string }
  readonly messages: readonly string[]
}

let worker: Worker | null = null
let lastId = 0
const waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>()

/** Records are decoded in a thread of their own: a page of megabytes, or a search through millions, must not hold the window. */
function ask<T>(question: Question, transfer: Transferable[] = []): Promise<T> {
  if (!worker) {
    worker = new Worker(new URL('./decode-worker.ts', import.meta.url), { type: 'module' })
    worker.addEventListener('message', ({ data: { id, result, error } }: MessageEvent<Answer>) => {
      const asked = waiting.get(id)
      waiting.delete(id)
      if (error === undefined) asked?.resolve(result as never)
      else asked?.reject(new Error(error))
    })
  }
  const id = ++lastId
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject })
    worker!.postMessage({ id, ...question }, transfer)
  })
}

/** Takes the batch's buffers. */
export function scanBatch(scan: Scan, choice: Choice): Promise<Scanned> {
  const { keys, keyEnds, data, dataEnds } = scan.batch
  const buffers = new Set([keys, keyEnds, data, dataEnds, scan.arrivals].map(({ buffer }) => buffer as ArrayBuffer))
  return ask({ kind: 'scan', scan, choice }, [...buffers])
}

export function decodeRecord(bytes: Uint8Array, choice: Choice): Promise<Decoded> {
  return ask({ kind: 'decode', bytes, choice })
}

export function checkChoice(choice: Choice): Promise<Checked> {
  return ask({ kind: 'check', choice })
}
