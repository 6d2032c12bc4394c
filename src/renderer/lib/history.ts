/** Steps that can be undone. Documents share what they have in common, so a step costs about what it changed. */
export const UNDO_STEPS = 500

interface Step<T> {
  readonly value: T
  /** What the next step did, as the undo command names it: "Move nodes". */
  readonly label: string
}

/** A value with its past and future. Nothing in it is changed in place. */
export interface History<T> {
  readonly past: readonly Step<T>[]
  readonly present: T
  readonly future: readonly Step<T>[]
  /** Edits with the same key in a row are one step: a drag, typing in one field. */
  readonly open: string | null
}

export function startHistory<T>(present: T): History<T> {
  return { past: [], present, future: [], open: null }
}

/** The value after an edit. With a `merge` key equal to that of the edit before, both are undone as one. */
export function record<T>(history: History<T>, value: T, label: string, merge: string | null = null): History<T> {
  if (value === history.present) return history
  if (merge !== null && merge === history.open) return { ...history, present: value, future: [] }
  const past = [...history.past, { value: history.present, label }].slice(-UNDO_STEPS)
  return { past, present: value, future: [], open: merge }
}

/** Ends a run of merged edits: the drag is over, the field was left. */
export function settle<T>(history: History<T>): History<T> {
  return history.open === null ? history : { ...history, open: null }
}

export function undo<T>(history: History<T>): History<T> {
  const step = history.past.at(-1)
  if (!step) return history
  return {
    past: history.past.slice(0, -1),
    present: step.value,
    future: [{ value: history.present, label: step.label }, ...history.future],
    open: null,
  }
}

export function redo<T>(history: History<T>): History<T> {
  const [step, ...future] = history.future
  if (!step) return history
  return {
    past: [...history.past, { value: history.present, label: step.label }],
    present: step.value,
    future,
    open: null,
  }
}

export const undoLabel = <T>(history: History<T>): string | null => history.past.at(-1)?.label ?? null
export const redoLabel = <T>(history: History<T>): string | null => history.future[0]?.label ?? null
