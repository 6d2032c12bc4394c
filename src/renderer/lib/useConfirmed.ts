import { useState } from 'react'

/** What happens to a thing once it was confirmed: `ask` asks about it, `dialog` goes to the `ConfirmDialog`. */
export function useConfirmed<T>(work: (thing: T) => unknown) {
  const [thing, setThing] = useState<T | null>(null)
  const close = () => setThing(null)
  return {
    thing,
    ask: (next: T | null) => setThing(() => next),
    dialog: {
      open: thing !== null,
      onClose: close,
      onConfirm: () => {
        if (thing !== null) work(thing)
        close()
      },
    },
  }
}
