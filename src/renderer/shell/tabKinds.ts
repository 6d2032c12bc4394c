import { useCallback } from 'react'
import { features } from './features.ts'
import { useLoaded } from './loaded.ts'

/** What tabs of a type show, in a word and an icon, as far as the code of their feature is here. */
export function useTabKinds() {
  const loaded = useLoaded((state) => state.byId)
  return useCallback(
    (type: string) => {
      const entry = features.find((feature) => type.startsWith(`${feature.id}.`))
      const view = loaded[entry?.id ?? '']?.views.find((candidate) => candidate.type === type)
      return { view, noun: view?.noun ?? type.split('.').at(-1) ?? type, Icon: view?.icon ?? entry?.icon }
    },
    [loaded],
  )
}
