// Sessions of departures at an airport: flights with no pause longer than `gapMinutes` between them. A secondary sort brings them in order.
export function map(_offset: number, flight: { origin: string; date: string }, context: Context) {
  const minute = Math.floor(Date.parse(`${flight.date.replace(' ', 'T')}Z`.replaceAll('/', '-')) / 60_000)
  context.emit(`${flight.origin}\t${minute}`, null)
}

export function reduce(first: string, flights: Iterable<null>, context: Context) {
  const gap = Number(context.parameters.gapMinutes)
  const [origin] = first.split('\t')
  let session: { start: number; end: number; flights: number } | undefined
  const close = () => {
    if (session) context.emit(origin, { start: new Date(session.start * 60_000).toISOString(), minutes: session.end - session.start, flights: session.flights })
  }
  for (const _ of flights) {
    const minute = Number(context.key.split('\t')[1])
    if (session && minute - session.end <= gap) {
      session.end = minute
      session.flights++
      continue
    }
    close()
    session = { start: minute, end: minute, flights: 1 }
  }
  close()
}

interface Context {
  /** The key of the value at hand. */
  readonly key: string
  readonly parameters: Readonly<Record<string, string>>
  emit(key: string, value: unknown): void
}
