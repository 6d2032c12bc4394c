import { useState } from 'react'
import type { Problems } from './fields.tsx'

/** A form whose problems are shown at their fields once it was tried, and go as they are mended. */
export function useForm<F extends object>(start: F, check: (form: F) => Problems) {
  const [form, setForm] = useState(start)
  const [tried, setTried] = useState(false)
  const found = check(form)
  const isRight = Object.values(found).every((problem) => problem === undefined)
  return {
    form,
    change: (changes: Partial<F>) => setForm((before) => ({ ...before, ...changes })),
    problems: tried ? found : ({} as Problems),
    /** Runs the work if nothing is wrong. */
    submit: (work: () => void) => {
      setTried(true)
      if (isRight) work()
    },
  }
}
