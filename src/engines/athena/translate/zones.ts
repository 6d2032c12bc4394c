import { fn, isTree, nodeOf, stringOf, type Tree, text } from '../../kit/node/sql/tree.ts'

/**
 * DuckDB's timestamp with time zone is an instant without its zone. In Trino each value has one, but a query says which: by a
 * literal, AT TIME ZONE and the functions that take a zone. So the zone is followed through the tree, and what looks at the clock
 * on the wall (`hour`, casts, formats) is given the local time.
 */
export interface Zoned {
  readonly tree: Tree
  /** Zones of the columns of the result that have another than UTC, by name. */
  readonly columns: ReadonlyMap<string, string>
}

type Columns = readonly { name: string; zone?: string }[]

interface Scope {
  readonly ctes: ReadonlyMap<string, Columns>
  /** Zones of the columns in reach, by `column` and `table.column`. */
  readonly zones: ReadonlyMap<string, string>
}

/** Names of the zone that needs no following. */
export const UTC = /^(UTC|GMT|Z|[+-]00:00|Etc\/UTC|Etc\/GMT)$/i
const SPELLED =
  /at\s+time\s+zone|at_timezone|with_timezone|from_unixtime|timestamp\s*'[^']*[a-z+]|:\d\d(\.\d+)?\s*[+-]\d|from_iso8601_timestamp/i

/** Functions of the local time, by the place of the time among their arguments. */
const LOCAL: Readonly<Record<string, number>> = {
  year: 0,
  quarter: 0,
  month: 0,
  week: 0,
  week_of_year: 0,
  year_of_week: 0,
  yow: 0,
  day: 0,
  day_of_month: 0,
  day_of_week: 0,
  dow: 0,
  day_of_year: 0,
  doy: 0,
  hour: 0,
  minute: 0,
  date: 0,
  date_format: 0,
  format_datetime: 0,
  last_day_of_month: 0,
  last_day: 0,
  date_trunc: 1,
  date_add: 2,
}

export function followZones(tree: Tree, sql: string): Zoned {
  if (!SPELLED.test(sql)) return { tree, columns: new Map() }
  const followed = query(tree, { ctes: new Map(), zones: new Map() })
  const columns = followed.columns.flatMap(({ name, zone }) => (zone === undefined ? [] : [[name, zone] as const]))
  return { tree: followed.tree, columns: new Map(columns) }
}

function query(tree: Tree, outer: Scope): { tree: Tree; columns: Columns } {
  const { kind, payload } = nodeOf(tree)!
  const ctes = new Map(outer.ctes)
  const copy: Tree = { ...payload }
  if (isTree(payload.with)) {
    const list = (payload.with.ctes as Tree[]).map((cte) => {
      const inner = query(cte.this as Tree, { ...outer, ctes })
      ctes.set(nameOf(cte.alias), renamed(inner.columns, cte.columns))
      return { ...cte, this: inner.tree }
    })
    copy.with = { ...payload.with, ctes: list }
  }
  const scope = { ...outer, ctes }
  if (kind === 'subquery') {
    const inner = query(payload.this as Tree, scope)
    return {
      tree: { subquery: { ...copy, this: inner.tree } },
      columns: renamed(inner.columns, payload.column_aliases),
    }
  }
  if (isTree(payload.left) && isTree(payload.right)) {
    const left = query(payload.left, scope)
    return {
      tree: { [kind]: { ...copy, left: left.tree, right: query(payload.right, scope).tree } },
      columns: left.columns,
    }
  }
  if (kind !== 'select') return { tree: visit(tree, scope) as Tree, columns: [] }
  return select(copy, scope)
}

function select(payload: Tree, scope: Scope): { tree: Tree; columns: Columns } {
  const zones = new Map(scope.zones)
  const known: { alias: string; columns: Columns }[] = []
  const source = (value: unknown): unknown => {
    const node = nodeOf(value)
    const alias = nameOf(node?.payload.alias) || nameOf(node?.payload.name)
    const columns =
      node?.kind === 'subquery'
        ? query(value as Tree, scope).columns
        : node?.kind === 'table' && !node.payload.schema
          ? scope.ctes.get(nameOf(node.payload.name))
          : undefined
    if (columns) known.push({ alias, columns })
    for (const { name, zone } of columns ?? []) {
      if (zone === undefined) continue
      zones.set(name, zone)
      zones.set(`${alias}.${name}`, zone)
    }
    return value
  }
  if (isTree(payload.from)) for (const from of payload.from.expressions as unknown[]) source(from)
  for (const join of (payload.joins as Tree[] | undefined) ?? []) source(join.this)
  const inner = { ...scope, zones }
  const columns = (payload.expressions as unknown[]).flatMap((expression): Columns => {
    const node = nodeOf(expression)
    if (node?.kind === 'star') {
      const of = nameOf(node.payload.table)
      return known.filter(({ alias }) => of === '' || of === alias).flatMap(({ columns }) => columns)
    }
    const zone = stringOf(zoneOf(node?.kind === 'alias' ? node.payload.this : expression, inner))
    const name = nameOf(node?.payload.alias) || nameOf(node?.payload.name)
    return [{ name, ...(zone !== undefined && !UTC.test(zone) && { zone }) }]
  })
  const copy: Tree = {}
  for (const [key, member] of Object.entries(payload)) copy[key] = key === 'with' ? member : visit(member, inner)
  return { tree: { select: copy }, columns }
}

const QUERIES = new Set(['select', 'union', 'intersect', 'except', 'subquery'])

function visit(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => visit(item, scope))
  if (!isTree(value)) return value
  const node = nodeOf(value)
  if (node && QUERIES.has(node.kind)) return query(value, scope).tree
  const copy: Tree = {}
  for (const [key, member] of Object.entries(value)) copy[key] = visit(member, scope)
  const visited = node && copy[node.kind]
  return isTree(visited) ? (inLocalTime(node!.kind, node!.payload, visited, scope) ?? copy) : copy
}

/** The call with the time in its zone; undefined where it takes none. `payload` is as the user wrote it, `visited` has its members replaced. */
function inLocalTime(kind: string, payload: Tree, visited: Tree, scope: Scope): Tree | undefined {
  if (kind === 'cast') {
    const zone = zoneOf(payload.this, scope)
    const to = payload.to as Tree
    if (!zone || to.timezone === true) return undefined
    if (to.data_type === 'var_char') return fn('zone text', visited.this, zone)
    return ['date', 'timestamp', 'time'].includes(String(to.data_type))
      ? { cast: { ...visited, this: fn('zone local', visited.this, zone) } }
      : undefined
  }
  const isCall = kind === 'function'
  const name = isCall ? String(payload.name).toLowerCase() : kind
  const args = payload.args as unknown[]
  const given = visited.args as unknown[]
  if (isCall && name === 'to_iso8601') {
    const zone = zoneOf(args[0], scope)
    return zone && fn('zone iso8601', given[0], zone)
  }
  if (isCall && name === 'date_diff') {
    const zone = zoneOf(args[1], scope)
    return zone && fn(name, given[0], fn('zone local', given[1], zone), fn('zone local', given[2], zone))
  }
  if (isCall && /^timezone_(hour|minute)$/.test(name)) {
    return fn(`zone ${name.slice(9)}`, given[0], zoneOf(args[0], scope) ?? text('UTC'))
  }
  const at = name === 'extract' ? 0 : LOCAL[name]
  if (at === undefined) return undefined
  const zone = zoneOf(isCall ? args[at] : payload.this, scope)
  if (!zone) return undefined
  if (!isCall) return { [kind]: { ...visited, this: fn('zone local', visited.this, zone) } }
  const local = given.map((argument, i) => (i === at ? fn('zone local', argument, zone) : argument))
  const call = { function: { ...visited, args: local } }
  return name === 'date_trunc' || name === 'date_add' ? fn('zone instant', call, zone) : call
}

/** The zone of a timestamp with time zone as an expression; undefined for UTC and for all other values. */
function zoneOf(value: unknown, scope: Scope): Tree | undefined {
  const zone = statedZone(value, scope)
  const written = stringOf(zone)
  return written !== undefined && UTC.test(written) ? undefined : zone
}

function statedZone(value: unknown, scope: Scope): Tree | undefined {
  const node = nodeOf(value)
  if (!node) return undefined
  const { kind, payload } = node
  switch (kind) {
    case 'paren':
    case 'max':
    case 'min':
      return statedZone(payload.this, scope)
    case 'alias':
      return statedZone(payload.this, scope)
    case 'at_time_zone':
      return payload.zone as Tree
    case 'add':
    case 'sub':
      return nodeOf(payload.right)?.kind === 'interval' ? statedZone(payload.left, scope) : undefined
    case 'cast':
      return (payload.to as Tree).timezone === true ? statedZone(payload.this, scope) : undefined
    case 'coalesce':
      return statedZone((payload.expressions as unknown[])?.[0], scope)
    case 'literal': {
      const zone = payload.literal_type === 'timestamp' ? zoneOfText(String(payload.value)) : undefined
      return zone === undefined ? undefined : text(zone)
    }
    case 'column': {
      const table = nameOf(payload.table)
      const zone = scope.zones.get(table === '' ? nameOf(payload.name) : `${table}.${nameOf(payload.name)}`)
      return zone === undefined ? undefined : text(zone)
    }
    case 'function':
      return zoneOfCall(String(payload.name).toLowerCase(), payload.args as unknown[], scope)
  }
  return undefined
}

function zoneOfCall(name: string, args: unknown[], scope: Scope): Tree | undefined {
  switch (name) {
    case 'at_timezone':
    case 'with_timezone':
      return args[1] as Tree
    case 'from_unixtime':
      return args.length === 2 ? (args[1] as Tree) : undefined
    case 'from_iso8601_timestamp': {
      const zone = /([+-]\d\d:?\d\d)$/.exec(stringOf(args[0]) ?? '')?.[1]
      return zone === undefined ? undefined : text(zone.replace(/^(...):?/, '$1:'))
    }
    case 'date_trunc':
      return statedZone(args[1], scope)
    case 'date_add':
      return statedZone(args[2], scope)
  }
  return undefined
}

/** The zone behind a timestamp: `2001-01-01 00:00:00 Europe/Berlin`. */
export function zoneOfText(timestamp: string): string | undefined {
  return /^\s*[+-]?\d+-\d+-\d+(?:[ T]\d+:\d+(?::\d+(?:\.\d+)?)?)?\s*(\S*?)\s*$/.exec(timestamp)?.[1] || undefined
}

function renamed(columns: Columns, aliases: unknown): Columns {
  if (!Array.isArray(aliases) || aliases.length === 0) return columns
  return columns.map((column, i) => (aliases[i] ? { ...column, name: nameOf(aliases[i]) } : column))
}

function nameOf(identifier: unknown): string {
  return isTree(identifier) && typeof identifier.name === 'string' ? identifier.name.toLowerCase() : ''
}

const OFFSET = `regexp_extract(zone, '^([+-])(\\d\\d):?(\\d\\d)$', ['sign', 'hours', 'minutes'])`
const BY_OFFSET = `(${OFFSET}).sign <> ''`
/** Zones that are written as an offset, which DuckDB's ICU does not know by that name. */
const SHIFT = `to_minutes(CASE WHEN ${BY_OFFSET} THEN ((${OFFSET}).sign || '1')::INTEGER * ((${OFFSET}).hours::INTEGER * 60 + (${OFFSET}).minutes::INTEGER) ELSE 0 END)`
const NAMED = `CASE WHEN ${BY_OFFSET} THEN 'UTC' ELSE zone END`
const MINUTES = `(date_diff('minute', timezone('UTC', CAST(t AS TIMESTAMPTZ)), trino_zone_local(t, zone)))`

/** What `followZones` calls: `trino_zone_local` and its like. */
export const ZONE_MACROS: readonly string[] = [
  `trino_zone_local(t, zone) AS timezone(${NAMED}, CAST(t AS TIMESTAMPTZ)) + ${SHIFT}`,
  `trino_zone_instant(t, zone) AS timezone(${NAMED}, CAST(t AS TIMESTAMP) - ${SHIFT})`,
  `trino_zone_text(t, zone) AS strftime(trino_zone_local(t, zone), '%Y-%m-%d %H:%M:%S.%g') || ' ' || zone`,
  `trino_zone_hour(t, zone) AS (${MINUTES} // 60)`,
  `trino_zone_minute(t, zone) AS (${MINUTES} % 60)`,
  `trino_zone_iso8601(t, zone) AS strftime(trino_zone_local(t, zone), '%Y-%m-%dT%H:%M:%S.%g')
     || CASE WHEN ${MINUTES} < 0 THEN '-' ELSE '+' END || lpad((abs(${MINUTES}) // 60)::VARCHAR, 2, '0') || ':'
     || lpad((abs(${MINUTES}) % 60)::VARCHAR, 2, '0')`,
].map((macro) => `CREATE OR REPLACE MACRO ${macro}`)
