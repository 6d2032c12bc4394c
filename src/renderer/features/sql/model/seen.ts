import type { ChartState, PivotChoice } from './chart.ts'

/** How a person looks at a result: it is so again after a reload, and when the query is run again and has the same columns. */
export interface Seen {
  readonly view?: 'rows' | 'chart' | 'pivot' | 'compare' | 'plan' | 'sql'
  /** What was typed to filter the rows: every view is of those that are left. The next run begins without. */
  readonly filter?: string
  readonly chart?: ChartState
  readonly pivot?: PivotChoice
}
