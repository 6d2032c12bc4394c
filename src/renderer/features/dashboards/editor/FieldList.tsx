import type { Sheet } from '../../../../engines/bi/dashboard.ts'

export function FieldList({ sheet }: { sheet: Sheet }) {
  return <div>{sheet.title}</div>
}
