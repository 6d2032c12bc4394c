import { useState } from 'react'
import { formatBytes, formatNumber, useCall } from '../../lib/index.ts'
import { Button } from '../../ui/index.ts'

/** Tables that a scan reads so little of are counted unasked. */
const UNASKED_BYTES = 64 * 2 ** 20

interface Counted {
  /** Null until it is known. */
  readonly count: number | null
  readonly failure: string | undefined
  readonly counting: boolean
  readonly bytes: number | undefined
  readonly ask: () => void
}

/** How many rows a table of the lake has: counted at once where that is little work, else when it is asked for. */
export function useRowCount(
  database: string,
  table: string,
  turn: number,
  estimate: { bytesScanned: number; error?: unknown } | undefined,
): Counted {
  const name = `"${database}"."${table}"`
  const [asked, setAsked] = useState('')
  const bytes = estimate && !estimate.error ? estimate.bytesScanned : undefined
  const wanted = asked === name || (bytes !== undefined && bytes <= UNASKED_BYTES)
  const counted = useCall(
    (clients, signal) =>
      wanted
        ? clients.athena
            .preview({ sql: `SELECT count(*) AS n FROM ${name}`, database, rows: 1 }, { signal })
            .then(({ values }) => ({ name, count: Number(values[0][0]) }))
        : null,
    [name, turn, wanted],
  )
  return {
    count: counted.data?.name === name ? counted.data.count : null,
    failure: counted.error?.message,
    counting: wanted && counted.loading,
    bytes,
    ask: () => setAsked(name),
  }
}

export function RowCount({ count, failure, counting, bytes, ask }: Counted) {
  if (count !== null) return formatNumber(count)
  if (failure) return <span title={failure}>cannot be counted</span>
  if (counting || bytes === undefined) return counting ? 'being counted…' : '–'
  return (
    <Button size="s" onClick={ask} title={`Reads up to ${formatBytes(bytes)}`}>
      Count
    </Button>
  )
}
