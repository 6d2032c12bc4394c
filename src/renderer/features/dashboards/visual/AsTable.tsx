import { useMemo } from 'react'
import { type SheetFilter, type Visual, visualFields, visualQuery } from '../../../../engines/bi/dashboard.ts'
import { useCall } from '../../../lib/index.ts'
import { DataTable, Dialog, ErrorView, Loading } from '../../../ui/index.ts'
import { answerColumns, answerRows } from '../charts/table.tsx'
import { pickFilters, useDashboard, useReader } from '../context.ts'
import { drilled } from '../model/fields.ts'
import { filterText } from '../model/words.ts'

/** What a visual draws, as rows: for eyes that want the numbers, and for hands without a pointer. */
export function AsTable({ visual, filters }: { visual: Visual; filters: readonly SheetFilter[] }) {
  const { reader } = useDashboard()
  const picks = useReader((state) => state.picks)
  const steps = useReader((state) => state.drills[visual.id])
  const shown = useMemo(() => drilled(visual, steps ?? []), [visual, steps])
  const query = useMemo(
    () => visualQuery(shown, [...filters, ...pickFilters(picks, visual.id)]),
    [shown, filters, picks, visual.id],
  )
  const answer = useCall((clients, signal) => clients.bi.query(query, { signal }), [JSON.stringify(query)])
  const fields = useMemo(() => visualFields(shown), [shown])
  const columns = useMemo(() => (answer.data ? answerColumns(fields, answer.data) : []), [answer.data, fields])
  const rows = useMemo(() => (answer.data ? answerRows(answer.data) : []), [answer.data])
  return (
    <Dialog
      open
      width={860}
      onClose={() => reader.setState({ asTable: null })}
      title={visual.title || 'Visual'}
      description={query.filters.length > 0 ? query.filters.map(filterText).join(' · ') : 'Without filters'}
    >
      <div style={{ height: 'min(60vh, 520px)' }}>
        {answer.error ? (
          <ErrorView compact error={answer.error} title="The rows cannot be shown" />
        ) : answer.data ? (
          <DataTable label={visual.title || 'Visual'} columns={columns} rows={rows} rowKey={(_, index) => `${index}`} />
        ) : (
          <Loading />
        )}
      </div>
    </Dialog>
  )
}
