/** "Delays by hour" → `queries/delays-by-hour.sql`, with a number where that is taken. */
export function freePath(name: string, paths: Iterable<string>): string {
  const base =
    name
      .trim()
      .replace(/\.sql$/i, '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
      .replaceAll(/^-+|-+$/g, '') || 'query'
  const taken = new Set(paths)
  for (let n = 1; ; n++) {
    const path = `queries/${n === 1 ? base : `${base}-${n}`}.sql`
    if (!taken.has(path)) return path
  }
}

export function fileName(path: string): string {
  return path.replace(/^.*\//, '').replace(/\.sql$/, '')
}

/** A name inside SQL, quoted where it must be. */
export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}
