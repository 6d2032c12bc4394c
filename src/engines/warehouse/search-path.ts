import type { Reader } from './reader.ts'
import { isName, nameOf } from './translate/lex.ts'

/** Names of schemas in the order in which they are searched for what is named without one ("search_path"). */
export type SearchPath = readonly string[]

const USER = '$user'

/** The one user that there is. */
const USER_NAME = 'awsuser'

export const DEFAULT_PATH: SearchPath = [USER, 'public']

export interface PathChange {
  readonly path: SearchPath
  /** Only until the transaction ends. */
  readonly local: boolean
}

/** Reads SET ("SET") or RESET, from behind the word. No other parameter is honoured, and none reaches DuckDB's own settings. */
export function readPathChange(reader: Reader, word: 'SET' | 'RESET', existing: ReadonlySet<string>): PathChange {
  const scope = word === 'SET' ? reader.takeOne('SESSION', 'LOCAL') : undefined
  needSearchPath(reader, word)
  if (word === 'RESET') {
    reader.end()
    return { path: DEFAULT_PATH, local: false }
  }
  if (!reader.takeOne('TO', '=')) reader.fail()
  const local = scope === 'LOCAL'
  if (reader.take('DEFAULT')) {
    reader.end()
    return { path: DEFAULT_PATH, local }
  }
  const path: string[] = []
  do {
    const { token } = reader
    const name = token?.kind === 'string' ? token.value.toLowerCase() : isName(token) ? nameOf(token) : reader.fail()
    if (name !== USER && name !== 'pg_catalog' && !existing.has(name))
      reader.fail(`schema "${name}" does not exist`, '3F000')
    path.push(name)
    reader.at++
  } while (reader.take(','))
  reader.end()
  return { path, local }
}

/** Reads SHOW ("SHOW"), from behind the word. */
export function readShow(reader: Reader): void {
  needSearchPath(reader, 'SHOW')
  reader.end()
}

function needSearchPath(reader: Reader, word: string): void {
  const { token } = reader
  if (!isName(token)) reader.fail()
  else if (nameOf(token) !== 'search_path')
    reader.fail(`${word} of "${nameOf(token)}" is not supported by Millrace's warehouse: search_path is`, '0A000')
  reader.at++
}

/** As SHOW tells it: a name that is no plain word is quoted. */
export function pathText(path: SearchPath): string {
  return path.map((name) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`)).join(', ')
}

/** The schemas of a path that there are. */
export function pathSchemas(path: SearchPath, existing: ReadonlySet<string>): string[] {
  return path.map((name) => (name === USER ? USER_NAME : name)).filter((name) => existing.has(name))
}
