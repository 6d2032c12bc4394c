import { type Role, VISUAL_ROLES, type Visual, type VisualField } from '../../../../engines/bi/dashboard.ts'
import type { Column } from '../../../../engines/kit/pure/table.ts'
import { autoTitle, COUNT_ROWS, defaultUse, isMeasure } from './fields.ts'

/** A change of a visual's fields; a title that only said what was drawn follows it, one that a person wrote stays. */
export function withFields(visual: Visual, fields: Visual['fields'], kind = visual.kind): Visual {
  const own = visual.title !== '' && visual.title !== autoTitle(visual) && visual.title !== 'New visual'
  const sort = visual.sort.filter(({ role, index }) => index < (fields[role]?.length ?? 0))
  return { ...visual, kind, fields, sort, title: own ? visual.title : autoTitle({ kind, fields }) }
}

/** Puts a column into a well, or into the first that takes its sort and has room. A full well of one gives up what it had. */
export function placeField(visual: Visual, column: Column | null, role?: Role): Visual {
  const wells = VISUAL_ROLES[visual.kind]
  const count = (wanted: Role) => visual.fields[wanted]?.length ?? 0
  const sort = column === null || isMeasure(column) ? 'measure' : 'dimension'
  const fitting = role ? wells.filter((its) => its.role === role) : wells.filter((its) => its.takes === sort)
  const well =
    fitting.find((its) => count(its.role) < its.min) ?? fitting.find((its) => count(its.role) < its.max) ?? fitting[0]
  if (!well || (column === null && well.takes === 'dimension')) return visual
  const use = column ? defaultUse(column, well.takes) : COUNT_ROWS
  // A histogram cuts a number into intervals by itself; a period would be no number.
  const placed = visual.kind === 'histogram' && column ? { column: column.name } : use
  const before = visual.fields[well.role] ?? []
  const next = before.length < well.max ? [...before, placed] : [...before.slice(0, -1), placed]
  return withFields(visual, { ...visual.fields, [well.role]: next })
}

export function editField(
  visual: Visual,
  role: Role,
  index: number,
  change: (use: VisualField) => VisualField,
): Visual {
  const uses = (visual.fields[role] ?? []).map((use, at) => (at === index ? change(use) : use))
  return withFields(visual, { ...visual.fields, [role]: uses })
}

export function removeField(visual: Visual, role: Role, index: number): Visual {
  const uses = (visual.fields[role] ?? []).filter((_, at) => at !== index)
  const fields = { ...visual.fields, [role]: uses }
  if (uses.length === 0) delete fields[role]
  return withFields(visual, fields)
}

export function moveField(visual: Visual, role: Role, index: number, by: number): Visual {
  const uses = [...(visual.fields[role] ?? [])]
  const to = index + by
  if (to < 0 || to >= uses.length) return visual
  const [use] = uses.splice(index, 1)
  uses.splice(to, 0, use)
  return withFields(visual, { ...visual.fields, [role]: uses })
}

/** What is dragged from the list of fields. */
export interface DraggedField {
  readonly dataSet: string
  readonly column: string
}

/** Under this type the tree of fields gives what is dragged; its plain text is the field's name, for other programs. */
export const DRAG_TYPE = 'application/x-millrace'

export const dragText = (field: DraggedField) => JSON.stringify({ millraceField: field })

export function readDrag(text: string): DraggedField | null {
  try {
    const value = JSON.parse(text) as { millraceField?: Partial<DraggedField> } | null
    const field = value?.millraceField
    return typeof field?.dataSet === 'string' && typeof field.column === 'string' ? (field as DraggedField) : null
  } catch {
    return null
  }
}
