import type { Dialect } from './header.ts'

/** A name inside SQL, quoted where it must be. */
export function quoted(name: string, dialect: Dialect = 'athena'): string {
  if (/^[a-z_][a-z0-9_]*$/.test(name)) return name
  if (dialect === 'spark' || dialect === 'flink') return `\`${name.replaceAll('`', '``')}\``
  return `"${name.replaceAll('"', '""')}"`
}
