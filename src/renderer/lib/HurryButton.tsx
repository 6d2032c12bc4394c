import { Button } from '../ui/index.ts'
import { useSystemStatus } from './status.tsx'
import { useAction } from './useCall.ts'

/** Engine seconds a second: minutes of waiting pass while one looks. */
const FAST = 60

/** For what is waited for in engine time: lets it run faster; nothing where it does already. */
export function HurryButton() {
  const clock = useSystemStatus()?.clock
  const hurry = useAction((clients, signal) =>
    clients.system.setClock({ mode: 'virtual', speed: FAST, paused: false }, { signal }),
  )
  if (clock?.mode === 'virtual' && (clock.speed ?? FAST) >= FAST) return null
  return (
    <Button size="s" pending={hurry.pending} onClick={() => void hurry.run()}>
      Run time {FAST} times as fast
    </Button>
  )
}
