import { type ReactNode, useMemo } from 'react'
import type { Clients } from '../../../engines/contract.ts'
import type { TablePage } from '../../../engines/kit/pure/table.ts'
import { tableColumns, useCall } from '../../lib/index.ts'
import { Button, DataTable, ErrorView, Loading } from '../../ui/index.ts'

/** The first rows of something, whole: `ask` is asked again when `deps` change. */
export function Rows<P extends TablePage>({
  label,
  ask,
  deps,
  empty,
  failed,
  above,
}: {
  label: string
  ask: (clients: Clients, signal: AbortSignal) => Promise<P>
  deps: readonly unknown[]
  empty: string
  failed: string
  /** What is to be known of them. */
  above?: (page: P) => ReactNode
}) {
  const page = useCall(ask, deps)
  const columns = useMemo(() => tableColumns(page.data?.columns ?? []), [page.data])
  const rows = useMemo(
    () =>
      page.data
        ? Array.from({ length: page.data.rowCount }, (_, row) => page.data!.values.map((column) => column[row]))
        : [],
    [page.data],
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
        empty={empty}
      />
    </>
  )
}
