import { use, useMemo } from 'react'
import type { Sheet, Visual, VisualKind } from '../../../engines/bi/dashboard.ts'
import type { Column } from '../../../engines/kit/pure/table.ts'
import { notify } from '../../lib/index.ts'
import { charts } from './charts/index.ts'
import { DataSetsContext, useDashboard } from './context.ts'
import { addControl, addVisual } from './model/edit.ts'
import { autoTitle, isDate, isMeasure, suggestFields, wordsOf } from './model/fields.ts'

/** Ways to add to a sheet: a visual with fields that already say something, a control for a column. */
export function useAdd(sheet: Sheet) {
  const { session, reader } = useDashboard()
  const { byId, list } = use(DataSetsContext)
  const ownSets = session.document?.dataSets ?? []
  const usable = useMemo(() => {
    const own = ownSets.flatMap((id) => byId.get(id) ?? [])
    return own.length > 0 ? own : (list ?? [])
  }, [ownSets, byId, list])
  return useMemo(() => {
    const place = (visual: Omit<Visual, 'id' | 'layout'>) => {
      const { document } = session
      if (!document) return
      const made = addVisual(document, sheet.id, visual, charts[visual.kind].size)
      session.apply('Add visual', () => made.document)
      reader.setState({ selected: made.id })
      requestAnimationFrame(() =>
        globalThis.document.querySelector(`[data-visual="${made.id}"]`)?.scrollIntoView({ block: 'nearest' }),
      )
    }
    return {
      dataSets: usable,
      columns: usable.flatMap((set) => set.columns.map((column) => ({ column, dataSet: set.id }))),
      visual: (kind: VisualKind, fields?: Visual['fields'], dataSet = usable[0]) => {
        if (!dataSet) {
          notify({
            tone: 'warn',
            title: 'There is no data set yet',
            message: 'Run a pipeline that makes one, or define one under Data sets.',
          })
          return
        }
        const chosen = fields ?? suggestFields(kind, dataSet.columns)
        place({
          kind,
          title: autoTitle({ kind, fields: chosen }),
          dataSet: dataSet.id,
          fields: chosen,
          filters: [],
          sort: [],
          options: {},
        })
      },
      control: (dataSet: string, column: Column) =>
        session.apply('Add control', (document) =>
          addControl(document, sheet.id, {
            kind: isDate(column) ? 'dates' : isMeasure(column) ? 'range' : 'dropdown',
            title: wordsOf(column.name),
            dataSet,
            column: column.name,
            initial: [],
          }),
        ),
    }
  }, [usable, session, reader, sheet.id])
}
