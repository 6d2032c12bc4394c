import { startTransition, useEffect, useLayoutEffect, useReducer, useRef } from 'react'

/**
 * How recharts' parts read the store of their chart; the bundle gives it to recharts in place of React's `useSyncExternalStoreWithSelector`.
 * That one draws every change in one go, and a chart tells its store of each axis and series as it is drawn first: whole charts were tasks of
 * 50 to 100 ms of a core. Here a change is a transition, drawn in slices between which the page answers. Two parts may then show two moments
 * of the same chart for a frame; the transition that follows brings them together.
 */
export function useSyncExternalStoreWithSelector<State, Selected>(
  subscribe: (onChange: () => void) => () => void,
  getState: () => State,
  _getServerState: unknown,
  selector: (state: State) => Selected,
  isEqual: (a: Selected, b: Selected) => boolean,
): Selected {
  const [, draw] = useReducer((turn: number) => turn + 1, 0)
  const selected = selector(getState())
  const drawn = useRef({ selector, selected })
  useLayoutEffect(() => {
    drawn.current = { selector, selected }
  })
  useEffect(() => {
    const compare = () => {
      if (!isEqual(drawn.current.selector(getState()), drawn.current.selected)) startTransition(draw)
    }
    compare()
    return subscribe(compare)
  }, [subscribe, getState, isEqual])
  return selected
}
