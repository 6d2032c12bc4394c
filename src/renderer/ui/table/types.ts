import type { ReactNode } from 'react'
import type { CellValue, ColumnKind, Sort } from './model.ts'

export interface DataColumn<R = unknown> {
  id: string
  title: string
  /** Quiet text under the pointer and in the chooser: the declared type. */
  detail?: string
  kind?: ColumnKind
  width?: number
  hidden?: boolean
  mono?: boolean
  /** The cell's plain value: what is sorted, filtered, copied and exported. Paged tables read by column order instead. */
  value?: (row: R) => CellValue
  /** How it reads on the screen. */
  format?: (value: CellValue) => string
  render?: (value: CellValue, row: R) => ReactNode
}

/** What a person arranged; give it to `useRemembered` to keep it. */
export interface TableLayout {
  widths: Record<string, number>
  hidden: Record<string, boolean>
  sort: Sort | null
  /** Ids of columns that were moved, in their order; the others follow in their own. */
  order?: readonly string[]
  /** Columns that stay in sight at the left. */
  pinned?: Record<string, boolean>
}

export const EMPTY_LAYOUT: TableLayout = { widths: {}, hidden: {}, sort: null }

/** The plain value of a cell, by row of the source and id of the column; undefined while it has not arrived. */
export type CellOf = (row: number, column: string) => CellValue
