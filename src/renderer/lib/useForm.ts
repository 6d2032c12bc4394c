import { useState } from 'react'
import type { Problems } from './fields.tsx'

/** A form whose problems are shown at their fields once it was tried, and go as they are mended. */
export function useForm<F extends object>(start: F, check: (form: F) => Problems) {
  const [form, setForm] = useState(start)
  const [tried, setTried] = useState(false)
  const found = check(form)
  const problems = tried ? found : ({} as Problems)
  const change = (changes: Partial<F>) => setForm((before) => ({ ...before, ...changes }))
  const isRight = Object.values(found).every((problem) => problem === undefined)
  return {
    form,
    change,
    problems,
    /** What a field of the form takes: its value, its problem, and where it goes when it changes. */
    bind: <K extends keyof F & string>(name: K) => ({
      value: form[name],
      error: problems[name],
      onChange: (value: F[K]) => setForm((before) => ({ ...before, [name]: value })),
    }),
    /** Runs the work if nothing is wrong. */
    submit: (work: () => void) => {
      setTried(true)
      if (isRight) work()
    },
  }
}
