// Joins flights with their airports: both sides meet at the airport's code, the airport first, by a secondary sort.
export function map(_offset: number, row: Record<string, string | number>, context: Context) {
  if (row.iata !== undefined) context.emit(`${row.iata}\t0`, { name: row.name, state: row.state })
  else context.emit(`${row.origin}\t1`, { destination: row.destination, delay: row.delay })
}

export function reduce(key: string, rows: Iterable<Record<string, unknown>>, context: Context) {
  const [code] = key.split('\t')
  let airport: Record<string, unknown> | undefined
  for (const row of rows) {
    if (row.name !== undefined) airport = row
    else if (airport) context.emit(null, { origin: code, ...airport, ...row })
    else context.counter('Join', 'FLIGHTS_WITHOUT_AIRPORT')
  }
}

interface Context {
  emit(key: string | null, value: unknown): void
  counter(group: string, name: string): void
}
