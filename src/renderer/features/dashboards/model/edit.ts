import {
  type Control,
  Dashboard,
  type Layout,
  type Sheet,
  type SheetFilter,
  type TextBox,
  Visual,
} from '../../../../engines/bi/dashboard.ts'
import { arrange, clamp, freePlace, type Placed } from './layout.ts'

/** Every function takes a document and gives the changed one; nothing is changed in place. */

const idsOf = (document: Dashboard) =>
  new Set(
    document.sheets.flatMap((sheet) => [
      sheet.id,
      ...[...sheet.visuals, ...sheet.textBoxes, ...sheet.controls].map(({ id }) => id),
    ]),
  )

/** An id that the document does not have, made of a title. */
export function newId(document: Dashboard, title: string): string {
  const base =
    title
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 48) || 'item'
  const taken = idsOf(document)
  for (let n = 1; ; n++) {
    const id = n === 1 ? base : `${base}-${n}`
    if (!taken.has(id)) return id
  }
}

export function itemsOf(sheet: Sheet): (Visual | TextBox)[] {
  return [...sheet.visuals, ...sheet.textBoxes]
}

export function editSheet(document: Dashboard, id: string, change: (sheet: Sheet) => Sheet): Dashboard {
  return { ...document, sheets: document.sheets.map((sheet) => (sheet.id === id ? change(sheet) : sheet)) }
}

export function setLayouts(document: Dashboard, sheetId: string, layouts: ReadonlyMap<string, Layout>): Dashboard {
  const sheet = document.sheets.find(({ id }) => id === sheetId)
  const moved =
    sheet &&
    itemsOf(sheet).some(({ id, layout }) => {
      const next = layouts.get(id)
      return next && (next.x !== layout.x || next.y !== layout.y || next.w !== layout.w || next.h !== layout.h)
    })
  if (!moved) return document
  const place = <T extends Placed>(item: T): T => {
    const next = layouts.get(item.id)
    return next ? { ...item, layout: clamp(next) } : item
  }
  return editSheet(document, sheetId, (its) => ({
    ...its,
    visuals: its.visuals.map(place),
    textBoxes: its.textBoxes.map(place),
  }))
}

/** Moves or grows an item by steps of the grid; the others make way. */
export function nudge(document: Dashboard, sheetId: string, id: string, by: Partial<Layout>): Dashboard {
  const sheet = document.sheets.find((its) => its.id === sheetId)
  const items = sheet ? itemsOf(sheet) : []
  const item = items.find((its) => its.id === id)
  if (!item) return document
  const { x, y, w, h } = item.layout
  const next = clamp({
    x: x + (by.x ?? 0),
    y: y + (by.y ?? 0),
    w: Math.min(24 - x, Math.max(2, w + (by.w ?? 0))),
    h: Math.max(2, h + (by.h ?? 0)),
  })
  // Downwards, it changes places with what lies below: gravity would bring it back at once.
  if ((by.y ?? 0) > 0) {
    const below = items
      .filter((other) => other.id !== id && other.layout.x < x + w && x < other.layout.x + other.layout.w)
      .filter((other) => other.layout.y >= y + h)
      .sort((a, b) => a.layout.y - b.layout.y)[0]
    if (!below) return document
    next.y = below.layout.y + below.layout.h - h + 1
    const placed = items.map((other) =>
      other.id === id
        ? { id, layout: { ...next, y: below.layout.y + 1 } }
        : other.id === below.id
          ? { id: other.id, layout: { ...other.layout, y } }
          : other,
    )
    return setLayouts(document, sheetId, arrange(placed, below.id))
  }
  if ((by.y ?? 0) < 0) {
    const above = items
      .filter((other) => other.id !== id && other.layout.x < x + w && x < other.layout.x + other.layout.w)
      .filter((other) => other.layout.y + other.layout.h <= y)
      .sort((a, b) => b.layout.y + b.layout.h - (a.layout.y + a.layout.h))[0]
    next.y = above ? above.layout.y : 0
  }
  const placed = items.map((other) => (other.id === id ? { id, layout: next } : other))
  return setLayouts(document, sheetId, arrange(placed, id))
}

/** Adds a visual where there is room; its id is made unlike the others. */
export function addVisual(
  document: Dashboard,
  sheetId: string,
  visual: Omit<Visual, 'id' | 'layout'>,
  size: { w: number; h: number },
  at?: Layout,
): { document: Dashboard; id: string } {
  const id = newId(document, visual.title || visual.kind)
  const changed = editSheet(document, sheetId, (sheet) => ({
    ...sheet,
    visuals: [...sheet.visuals, { ...visual, id, layout: at ?? freePlace(itemsOf(sheet), size.w, size.h) }],
  }))
  const dataSets = changed.dataSets.includes(visual.dataSet) ? changed.dataSets : [...changed.dataSets, visual.dataSet]
  return { document: { ...changed, dataSets }, id }
}

export function addTextBox(document: Dashboard, sheetId: string, text: string): { document: Dashboard; id: string } {
  const id = newId(document, 'text')
  return {
    id,
    document: editSheet(document, sheetId, (sheet) => ({
      ...sheet,
      textBoxes: [...sheet.textBoxes, { id, text, layout: freePlace(itemsOf(sheet), 8, 3) }],
    })),
  }
}

export function editVisual(document: Dashboard, id: string, change: (visual: Visual) => Visual): Dashboard {
  return {
    ...document,
    sheets: document.sheets.map((sheet) =>
      sheet.visuals.some((visual) => visual.id === id)
        ? { ...sheet, visuals: sheet.visuals.map((visual) => (visual.id === id ? change(visual) : visual)) }
        : sheet,
    ),
  }
}

export function editTextBox(document: Dashboard, id: string, text: string): Dashboard {
  return {
    ...document,
    sheets: document.sheets.map((sheet) => ({
      ...sheet,
      textBoxes: sheet.textBoxes.map((box) => (box.id === id ? { ...box, text } : box)),
    })),
  }
}

/** Takes items away; controls that acted on them alone go with them, and what lies below rises. */
export function removeItem(document: Dashboard, id: string): Dashboard {
  const sheet = document.sheets.find((its) => itemsOf(its).some((item) => item.id === id))
  if (!sheet) return document
  const left = editSheet(document, sheet.id, (its) => ({
    ...its,
    visuals: its.visuals.filter((visual) => visual.id !== id),
    textBoxes: its.textBoxes.filter((box) => box.id !== id),
    controls: its.controls.flatMap((control) => {
      if (!control.visuals?.includes(id)) return [control]
      const visuals = control.visuals.filter((other) => other !== id)
      return visuals.length > 0 ? [{ ...control, visuals }] : []
    }),
  }))
  const after = left.sheets.find((its) => its.id === sheet.id)
  return after ? setLayouts(left, sheet.id, arrange(itemsOf(after))) : left
}

/** The clipboard's form of a visual or a text box. */
export const FRAGMENT = 'millrace/dashboard-item'

export function copyItem(document: Dashboard, id: string): string | null {
  for (const sheet of document.sheets) {
    const item = itemsOf(sheet).find((its) => its.id === id)
    if (item) return JSON.stringify({ type: FRAGMENT, item }, null, 2)
  }
  return null
}

/** Puts a copied item on a sheet; text of another sort becomes nothing. */
export function pasteItem(
  document: Dashboard,
  sheetId: string,
  text: string,
): { document: Dashboard; id: string } | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const fragment = value as { type?: unknown; item?: { text?: unknown } } | null
  if (fragment?.type !== FRAGMENT || !fragment.item) return null
  if (typeof fragment.item.text === 'string') return addTextBox(document, sheetId, fragment.item.text)
  const parsed = Visual.safeParse(fragment.item)
  if (!parsed.success) return null
  const { id: _, layout, ...visual } = parsed.data
  return addVisual(document, sheetId, visual, layout)
}

export function duplicateItem(
  document: Dashboard,
  sheetId: string,
  id: string,
): { document: Dashboard; id: string } | null {
  const text = copyItem(document, id)
  const pasted = text && pasteItem(document, sheetId, text)
  if (!pasted) return null
  return {
    id: pasted.id,
    document: editVisual(pasted.document, pasted.id, (visual) => ({ ...visual, title: `${visual.title} copy` })),
  }
}

export function addSheet(document: Dashboard): { document: Dashboard; id: string } {
  const title = `Sheet ${document.sheets.length + 1}`
  const id = newId(document, title)
  const sheet: Sheet = { id, title, visuals: [], textBoxes: [], controls: [], filters: [] }
  return { id, document: { ...document, sheets: [...document.sheets, sheet] } }
}

export function duplicateSheet(document: Dashboard, sheetId: string): { document: Dashboard; id: string } | null {
  const sheet = document.sheets.find((its) => its.id === sheetId)
  if (!sheet) return null
  let made = addSheet(document)
  const renamed = new Map<string, string>()
  const taken = idsOf(made.document)
  const fresh = (id: string) => {
    let n = 2
    while (taken.has(`${id}-${n}`)) n++
    taken.add(`${id}-${n}`)
    renamed.set(id, `${id}-${n}`)
    return `${id}-${n}`
  }
  const visuals = sheet.visuals.map((visual) => ({ ...visual, id: fresh(visual.id) }))
  const textBoxes = sheet.textBoxes.map((box) => ({ ...box, id: fresh(box.id) }))
  const controls = sheet.controls.map((control) => ({
    ...control,
    id: fresh(control.id),
    ...(control.visuals && { visuals: control.visuals.map((id) => renamed.get(id) ?? id) }),
  }))
  made = {
    ...made,
    document: editSheet(made.document, made.id, (its) => ({
      ...its,
      title: `${sheet.title} copy`,
      visuals,
      textBoxes,
      controls,
      filters: sheet.filters,
    })),
  }
  return made
}

/** A document keeps at least one sheet. */
export function removeSheet(document: Dashboard, sheetId: string): Dashboard {
  if (document.sheets.length < 2) return document
  return { ...document, sheets: document.sheets.filter((sheet) => sheet.id !== sheetId) }
}

export function moveSheet(document: Dashboard, sheetId: string, by: number): Dashboard {
  const from = document.sheets.findIndex((sheet) => sheet.id === sheetId)
  const to = Math.min(document.sheets.length - 1, Math.max(0, from + by))
  if (from < 0 || to === from) return document
  const sheets = document.sheets.filter((_, index) => index !== from)
  sheets.splice(to, 0, document.sheets[from])
  return { ...document, sheets }
}

export function addControl(document: Dashboard, sheetId: string, control: Omit<Control, 'id'>): Dashboard {
  const id = newId(document, `${control.column}-control`)
  return editSheet(document, sheetId, (sheet) => ({ ...sheet, controls: [...sheet.controls, { ...control, id }] }))
}

export function editControl(document: Dashboard, id: string, change: (control: Control) => Control | null): Dashboard {
  return {
    ...document,
    sheets: document.sheets.map((sheet) => ({
      ...sheet,
      controls: sheet.controls.flatMap((control) => (control.id === id ? (change(control) ?? []) : [control])),
    })),
  }
}

export function setSheetFilters(document: Dashboard, sheetId: string, filters: readonly SheetFilter[]): Dashboard {
  return editSheet(document, sheetId, (sheet) => ({ ...sheet, filters: [...filters] }))
}

/** Whether the document could be written and read again as it is. */
export const isValid = (document: Dashboard) => Dashboard.safeParse(document).success
