import { isAbsolute, join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Fn } from '../contract.ts'
import type { TaskError } from '../protocol.ts'
import type { Context } from './context.ts'
import { RecordTooLong } from './lines.ts'
import { FetchFailure } from './segments.ts'

export type MapFunction = (key: unknown, value: unknown, context: Context) => unknown
export type ReduceFunction = (key: unknown, values: Iterable<unknown>, context: Context) => unknown

/** A function of the user's, with what runs before its first record and after its last one. */
export interface Loaded<F> {
  readonly run: F
  readonly setup: ((context: Context) => unknown) | undefined
  readonly cleanup: ((context: Context) => unknown) | undefined
}

/** Loads an export of a module in the workspace; `mapSetup` and `mapCleanup` belong to `map`. */
export async function load<F>(
  fn: Extract<Fn, { kind: 'module' }>,
  stage: string,
  workspace: string,
): Promise<Loaded<F>> {
  const loaded = (await import(pathToFileURL(join(workspace, fn.file)).href)) as Record<string, unknown>
  const name = fn.export ?? stage
  const run =
    loaded[name] ?? (name === 'default' ? undefined : (loaded.default as Record<string, unknown> | undefined)?.[name])
  if (typeof run !== 'function') throw new Error(`${fn.file} has no function ${name}.`)
  const optional = (other: string) =>
    typeof loaded[other] === 'function' ? (loaded[other] as (context: Context) => unknown) : undefined
  return { run: run as F, setup: optional(`${name}Setup`), cleanup: optional(`${name}Cleanup`) }
}

/** A thrown value as it is told: with the place in the user's file, where its stack leads there. */
export function describe(thrown: unknown, workspace: string): TaskError {
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)
  if (thrown instanceof FetchFailure)
    return { message: thrown.message, ...(thrown.map !== undefined && { fetchOf: thrown.map }) }
  if (thrown instanceof RecordTooLong || !(thrown instanceof Error)) return { message }
  const at = placeOf(String(thrown.stack ?? ''), workspace)
  return at ? { message, at } : { message }
}

/** The first place of a stack that is in the workspace, outside of what Millrace keeps there. What a source map leads to has no scheme. */
function placeOf(stack: string, workspace: string): TaskError['at'] {
  for (const line of stack.split('\n')) {
    const found = /[ (]((?:file:\/\/|\/|[A-Za-z]:\\).*?):(\d+)(?::(\d+))?\)?$/.exec(line.trim())
    if (!found) continue
    const path = found[1].startsWith('file:') ? fileURLToPath(found[1]) : found[1]
    const file = relative(workspace, path)
    if (file.startsWith('..') || isAbsolute(file) || file.startsWith(`.millrace${sep}`)) continue
    const place = { file: file.replaceAll(sep, '/'), line: Number(found[2]) }
    return found[3] === undefined ? place : { ...place, column: Number(found[3]) }
  }
  return undefined
}
