import { Pause, Play, StepForward } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { ClockSettings } from '../../engines/kit/pure/clock.ts'
import { shortcutOf } from '../lib/commands.ts'
import { formatTime, formatUtc } from '../lib/format.ts'
import { notifyError } from '../lib/notify.ts'
import { useSystemStatus } from '../lib/status.tsx'
import { useAction } from '../lib/useCall.ts'
import { cx, IconButton, Select, Tooltip } from '../ui/index.ts'
import {
  type ClockTrail,
  clockChoiceOf,
  clockOptions,
  clockStory,
  followClock,
  heldPace,
  settingsOf,
} from './clockChoices.ts'
import styles from './TitleBar.module.css'

/** The workspace's one clock: its time, how fast it runs, pause and step. */
export function ClockControls() {
  const status = useSystemStatus()
  const [trail, setTrail] = useState<ClockTrail | null>(null)
  useEffect(() => {
    if (status) setTrail((before) => followClock(before, status))
  }, [status])
  const onError = (error: Error) => notifyError('The clock was not changed', error)
  const set = useAction(
    (clients, signal, change: Partial<ClockSettings>) => clients.system.setClock(change, { signal }),
    { onError },
  )
  const step = useAction((clients, signal) => clients.system.stepClock({}, { signal }), { onError })
  if (!status) return null
  const { clock, nowMs } = status
  const held = heldPace(status, trail)
  const virtual = clock.mode === 'virtual'
  return (
    <div className={styles.clock}>
      <Tooltip
        label={
          <span className={styles.story}>
            {clockStory(status, held)}
            <br />
            {formatUtc(nowMs)}
          </span>
        }
      >
        <time className={cx(styles.time, clock.paused && styles.paused)} dateTime={new Date(nowMs).toISOString()}>
          {formatTime(nowMs)}
        </time>
      </Tooltip>
      <Tooltip label={<span className={styles.story}>{clockStory(status, held)}</span>}>
        <span>
          <Select
            quiet
            label="Clock speed"
            value={clockChoiceOf(clock)}
            options={clockOptions(status, held)}
            onChange={(choice) => void set.run(settingsOf(choice))}
          />
        </span>
      </Tooltip>
      <IconButton
        icon={clock.paused ? <Play size={15} /> : <Pause size={15} />}
        label={clock.paused ? 'Let time go on' : 'Pause time'}
        shortcut={shortcutOf('clock.pause')}
        disabled={!virtual}
        onClick={() => void set.run({ paused: !clock.paused })}
      />
      <IconButton
        icon={<StepForward size={15} />}
        label="Step to the next due work"
        shortcut={shortcutOf('clock.step')}
        disabled={!virtual || step.pending}
        onClick={() => void step.run()}
      />
    </div>
  )
}
