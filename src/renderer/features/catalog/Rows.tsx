import { type ReactNode, useMemo } from 'react'
import type { Clients } from '../../../engines/contract.ts'
import type { Column, TablePage } from '../../../engines/kit/pure/table.ts'
import { tableColumns, useCall } from '../../lib/index.ts'
import { Button, DataTable, ErrorView, Loading } from '../../ui/index.ts'

/** The first rows of something, and whether they are all: `ask` is asked again when `deps` change. */
export function Rows<P extends TablePage>({
  label,
  most,
  of = null,
  ask,
  deps,
  empty,
  failed,
  onBeyond,
  above,
}: {
  label: string
  /** So many are shown; one more is asked for, to know whether there are others. */
  most: number
  /** How many rows there are; null where nobody counted them. */
  of?: number | null
  ask: (clients: Clients, rows: number, signal: AbortSignal) => Promise<P>
  deps: readonly unknown[]
  empty: string
  failed: string
  /** Looks for what is in the filter in the others, too. */
  onBeyond?: (columns: readonly Column[], filter: string) => void
  /** What is to be known of them. */
  above?: (page: P) => ReactNode
}) {
  const page = useCall((clients, signal) => ask(clients, most + 1, signal), deps)
  const columns = useMemo(() => tableColumns(page.data?.columns ?? []), [page.data])
  const rows = useMemo(
    () =>
      page.data
        ? Array.from({ length: Math.min(most, page.data.rowCount) }, (_, row) =>
            page.data!.values.map((column) => column[row]),
          )
        : [],
    [page.data, most],
  )
  if (page.error && !page.data)
    return (
      <ErrorView
        title={failed}
        error={page.error}
        actions={
          <Button size="s" onClick={page.reload}>
            Try again
          </Button>
        }
      />
    )
  if (!page.data) return <Loading />
  return (
    <>
      {above?.(page.data)}
      <DataTable
        label={label}
        rows={rows}
        rowKey={(_, index) => String(index)}
        columns={columns}
        numbered
        {...(page.data.rowCount > most && { firstOf: of !== null && of > most ? of : null })}
        {...(onBeyond && { onBeyond: (filter) => onBeyond(page.data!.columns, filter) })}
        empty={empty}
      />
    </>
  )
}
