// PageRank of airports over routes, weighted by flights. `links` makes the graph; each further job is one iteration.
interface Airport {
  rank: number
  links: Record<string, number>
}

export function links(_offset: number, row: { origin: string; destination: string; count: string }, context: Context) {
  context.emit(row.origin, { to: row.destination, flights: Number(row.count) })
  context.emit(row.destination, { to: null, flights: 0 })
}

export function graph(airport: string, routes: Iterable<{ to: string | null; flights: number }>, context: Context) {
  const own: Record<string, number> = {}
  for (const { to, flights } of routes) if (to !== null) own[to] = (own[to] ?? 0) + flights
  context.emit(airport, { rank: 1, links: own })
}

export function spread(_offset: number, line: { key: string; value: Airport }, context: Context) {
  const { rank, links: own } = line.value
  context.emit(line.key, { links: own, share: 0 })
  const total = Object.values(own).reduce((sum, flights) => sum + flights, 0)
  for (const [to, flights] of Object.entries(own)) context.emit(to, { links: null, share: (rank * flights) / total })
}

export function collect(airport: string, shares: Iterable<{ links: Airport['links'] | null; share: number }>, context: Context) {
  const damping = Number(context.parameters.damping)
  let sum = 0
  let own: Airport['links'] = {}
  for (const { links: found, share } of shares) {
    if (found) own = found
    sum += share
  }
  context.emit(airport, { rank: 1 - damping + damping * sum, links: own })
}

interface Context {
  readonly parameters: Readonly<Record<string, string>>
  emit(key: string, value: unknown): void
}
