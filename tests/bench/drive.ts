import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from './harness.ts'
import type { Load } from './load.ts'

/** Runs a script of this folder in a process of its own, and gives what it prints. */
export function script(name: string, ...args: (string | number)[]): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [join(root, 'tests/bench', name), ...args.map(String)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.on('data', (chunk) => {
      text += chunk
    })
    child.on('exit', (code) => (code === 0 ? done(text) : failed(new Error(`${name} ended with ${code}`))))
  })
}

export interface Drive {
  readonly port: number
  readonly stream: string
  /** Of a request. */
  readonly records: number
  /** Of a record. */
  readonly bytes: number
  readonly requests: number
  readonly connections: number
  /** Requests a second: makes an open loop of it. */
  readonly rate?: number
}

/** PutRecords of requests that were encoded before, from a process of its own. */
export async function drive({ port, stream, records, bytes, requests, connections, rate = 0 }: Drive): Promise<Load> {
  return JSON.parse(await script('load.ts', port, stream, records, bytes, requests, connections, rate))
}
