import { FilterX, X } from 'lucide-react'
import { use } from 'react'
import { type Control, markFilters, type Sheet } from '../../../../engines/bi/dashboard.ts'
import { shortId } from '../../../lib/index.ts'
import { Button } from '../../../ui/index.ts'
import { DataSetsContext, useDashboard, useReader } from '../context.ts'
import { filterText, filterWords } from '../model/words.ts'
import { ControlView } from './ControlView.tsx'
import styles from './canvas.module.css'

/** Controls of the sheet, its own filters, and what was clicked: everything that stands between the data and the visuals. */
export function FilterBar({ sheet }: { sheet: Sheet }) {
  const { reader } = useDashboard()
  const picks = useReader((state) => state.picks)
  const chosen = useReader((state) => state.chosen)
  const { byId } = use(DataSetsContext)
  if (sheet.controls.length === 0 && sheet.filters.length === 0 && picks.length === 0) return null
  const choosing = sheet.controls.some((control) =>
    valuesOf(control, chosen).some((value) => value !== null && value !== ''),
  )
  return (
    <div className={styles.filters} role="group" aria-label="Filters">
      {sheet.controls.map((control) => (
        <ControlView
          key={control.id}
          control={control}
          column={byId.get(control.dataSet)?.columns.find(({ name }) => name === control.column)}
          value={valuesOf(control, chosen)}
          onChange={(values) => reader.setState((state) => ({ chosen: { ...state.chosen, [control.id]: values } }))}
        />
      ))}
      <span className={styles.chips}>
        {sheet.filters.map(({ dataSet, filter }) => {
          const { column, says } = filterWords(filter)
          return (
            <span
              key={`${dataSet} ${filterText(filter)}`}
              className={`${styles.chip} ${styles.chipFixed}`}
              style={{ paddingRight: 8 }}
              title={`Filter of this sheet on ${shortId(dataSet)}`}
            >
              <span>
                {column} <b>{says}</b>
              </span>
            </span>
          )
        })}
        {picks.map((pick) => (
          <span key={pick.visual} className={styles.chip} title={`Clicked in “${pick.title}”`}>
            {markFilters(pick.mark.fields, pick.mark.values, pick.mark.binWidth).map((filter) => {
              const { column, says } = filterWords(filter)
              return (
                <span key={column}>
                  {column} <b>{says}</b>
                </span>
              )
            })}
            <button
              type="button"
              aria-label={`Remove the filter of ${pick.title}`}
              onClick={() => reader.setState((state) => ({ picks: state.picks.filter((other) => other !== pick) }))}
            >
              <X size={12} />
            </button>
          </span>
        ))}
      </span>
      {(choosing || picks.length > 0) && (
        <Button
          size="s"
          variant="ghost"
          icon={<FilterX size={13} />}
          onClick={() => reader.setState({ picks: [], chosen: cleared(sheet) })}
        >
          Clear
        </Button>
      )}
    </div>
  )
}

export const valuesOf = (
  control: Control,
  chosen: Readonly<Record<string, readonly (string | number | boolean | null)[]>>,
) => chosen[control.id] ?? control.initial

const cleared = (sheet: Sheet) => Object.fromEntries(sheet.controls.map(({ id }) => [id, []]))
