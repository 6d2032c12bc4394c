import { use, useCallback } from 'react'
import type { Sheet } from '../../../engines/bi/dashboard.ts'
import { notify } from '../../lib/index.ts'
import { DataSetsContext, useDashboard } from './context.ts'
import { editVisual } from './model/edit.ts'
import { kindFor, suggestFields } from './model/fields.ts'
import { type DraggedField, placeField } from './model/wells.ts'
import { useAdd } from './useAdd.ts'

/** Takes a field that was dragged onto a visual, or, with no visual, draws it as a new one. */
export function useDropField(sheet: Sheet): (field: DraggedField, visual: string | null) => void {
  const { session, reader } = useDashboard()
  const { byId } = use(DataSetsContext)
  const add = useAdd(sheet)
  return useCallback(
    (field, id) => {
      const set = byId.get(field.dataSet)
      const column = set?.columns.find(({ name }) => name === field.column)
      if (!set || !column) return
      const visual = sheet.visuals.find((its) => its.id === id)
      if (!visual) {
        const kind = kindFor(column)
        const others = set.columns.filter(({ name }) => name !== column.name)
        add.visual(kind, suggestFields(kind, [column, ...others]), set)
      } else if (visual.dataSet !== set.id) {
        notify({
          tone: 'warn',
          title: `${field.column} belongs to ${set.name}`,
          message: 'A visual draws from one data set.',
        })
      } else {
        session.apply('Add field', (document) => editVisual(document, visual.id, (its) => placeField(its, column)))
        reader.setState({ selected: visual.id })
      }
    },
    [byId, sheet, add, session, reader],
  )
}
