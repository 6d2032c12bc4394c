// The busiest routes: each map gives its own few, one reduce picks among them.
const best: [string, number][] = []

function keep(context: Context, route: string, flights: number) {
  best.push([route, flights])
  best.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  best.length = Math.min(best.length, Number(context.parameters.n))
}

export function mapSetup() {
  best.length = 0
}

export function map(_offset: number, row: { origin: string; destination: string; count: string }, context: Context) {
  keep(context, `${row.origin}-${row.destination}`, Number(row.count))
}

export function mapCleanup(context: Context) {
  for (const [route, flights] of best) context.emit('top', `${route}\t${flights}`)
}

export function reduceSetup() {
  best.length = 0
}

export function reduce(_key: string, routes: Iterable<string>, context: Context) {
  for (const line of routes) {
    const [route, flights] = line.split('\t')
    keep(context, route, Number(flights))
  }
}

export function reduceCleanup(context: Context) {
  for (const [route, flights] of best) context.emit(route, flights)
}

interface Context {
  readonly parameters: Readonly<Record<string, string>>
  emit(key: string, value: unknown): void
}
