import type { Cell, TablePage } from '../../../../engines/kit/pure/table.ts'

/** A page, which comes column by column, as rows. */
export function rowsOf({ rowCount, values }: TablePage): (readonly Cell[])[] {
  return Array.from({ length: rowCount }, (_, row) => values.map((column) => column[row]))
}
