import { literal } from '../../kit/node/duck.ts'

/** A further column of a read, made of the path by which DuckDB knows a row's file; undefined where nobody asks for one. */
export type OfFile = ((path: string) => string) | undefined

/** The URI of a row's file. Nearly always it ends as the path does, so that no query needs a list of all files. */
export function uriSql(places: ReadonlyMap<string, string>, path: string): string {
  const [[file, uri] = ['', '']] = places
  let same = 0
  while (same < Math.min(file.length, uri.length) && file.at(-1 - same) === uri.at(-1 - same)) same++
  const [before, instead] = [file, uri].map((whole) => whole.slice(0, whole.length - same))
  const isUsual = [...places].every(
    ([one, its]) => one.startsWith(before) && its === instead + one.slice(before.length),
  )
  if (isUsual) return `${literal(instead)} || substr(${path}, ${Array.from(before).length + 1})`
  const list = (texts: Iterable<string>) => `[${Array.from(texts, literal).join(', ')}]`
  return `map_extract(map(${list(places.keys())}, ${list(places.values())}), ${path})[1]`
}
