import { create } from 'zustand'
import { EngineError, isAbort } from '../../engines/kit/pure/errors.ts'

export interface Notification {
  readonly id: number
  readonly tone: 'good' | 'info' | 'warn' | 'bad'
  readonly title: string
  readonly message?: string
  readonly error?: EngineError
  readonly actions?: readonly { title: string; run: () => void }[]
  readonly timeMs: number
}

export const useNotifications = create<{ list: readonly Notification[] }>(() => ({ list: [] }))

let lastId = 0

/** Tells the person something. Good news leaves by itself; errors stay until they are dismissed. */
export function notify(notification: Omit<Notification, 'id' | 'timeMs'>): () => void {
  const id = ++lastId
  useNotifications.setState(({ list }) => ({ list: [...list.slice(-7), { ...notification, id, timeMs: Date.now() }] }))
  const dismiss = () => useNotifications.setState(({ list }) => ({ list: list.filter((other) => other.id !== id) }))
  if (notification.tone !== 'bad') setTimeout(dismiss, notification.actions ? 10_000 : 5000)
  return dismiss
}

/** Tells of a failure that has no better place on the screen. What was cancelled is no failure. */
export function notifyError(title: string, thrown: unknown, actions?: Notification['actions']): void {
  if (isAbort(thrown)) return
  const error = EngineError.from(thrown)
  notify({ tone: 'bad', title, message: error.message, error, ...(actions && { actions }) })
}

export interface BackgroundWork {
  readonly id: number
  readonly title: string
  /** 0 to 1, or null where it cannot be known. */
  readonly progress: number | null
  readonly timeLeft?: string
  readonly cancel?: () => void
}

export const useBackgroundWork = create<{ list: readonly BackgroundWork[] }>(() => ({ list: [] }))

/** Shows work in the status bar until `done` is called. */
export function startWork(title: string, cancel?: () => void) {
  const id = ++lastId
  const work: BackgroundWork = { id, title, progress: null, ...(cancel && { cancel }) }
  useBackgroundWork.setState(({ list }) => ({ list: [...list, work] }))
  return {
    update: (progress: number | null, timeLeft?: string) =>
      useBackgroundWork.setState(({ list }) => ({
        list: list.map((other) => (other.id === id ? { ...other, progress, ...(timeLeft && { timeLeft }) } : other)),
      })),
    done: () => useBackgroundWork.setState(({ list }) => ({ list: list.filter((other) => other.id !== id) })),
  }
}
