import { nodeOf, type Tree } from '../../kit/node/sql/tree.ts'
import { EngineError } from '../../kit/pure/errors.ts'

/** A snapshot of an Iceberg table: by its id, or the one that was current at a time. */
export type Version = { readonly snapshotId: string } | { readonly atMs: number }

export interface TableReference {
  readonly catalog?: string
  readonly database?: string
  readonly name: string
  readonly version?: Version
  /** Whether its hidden column `$path` is asked for. */
  readonly path?: boolean
  /** Offset in the SQL. */
  readonly start: number
}

const TIME = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?))?(?: ?(UTC|Z|[+-]\d\d:\d\d))?$/i

/** `FOR VERSION AS OF 949530903748831860`, `FOR TIMESTAMP AS OF TIMESTAMP '2020-01-01 10:00:00 UTC'`; the session's zone is UTC. */
export function versionOf(version: unknown): Version | undefined {
  if (version === undefined || version === null) return undefined
  const { this: what, kind, expression } = version as { this: unknown; kind: string; expression: unknown }
  const word = nodeOf(what)?.payload.name
  const { literal_type: type, value } = (nodeOf(expression)?.payload ?? {}) as Tree & { value?: string }
  if (kind === 'AS OF' && word === 'VERSION' && type === 'number' && /^\d+$/.test(value!)) return { snapshotId: value! }
  const parts = kind === 'AS OF' && word === 'TIMESTAMP' && type === 'timestamp' ? TIME.exec(value!) : null
  if (parts) {
    const [, day, time = '00:00', zone = 'Z'] = parts
    return { atMs: Date.parse(`${day}T${time}${zone.toUpperCase() === 'UTC' ? 'Z' : zone}`) }
  }
  throw new EngineError(
    'NOT_SUPPORTED',
    "FOR VERSION AS OF takes the number of a snapshot here, and FOR TIMESTAMP AS OF a literal such as TIMESTAMP '2020-01-01 10:00:00 UTC'",
  )
}
