import { useEffect, useState } from 'react'
import type { ClockSettings } from '../../../engines/kit/pure/clock.ts'
import { formatTime, formatUtc, notifyError, useAction, useSystemStatus } from '../../lib/index.ts'
import { Button, Field, Loading, NumberInput, PropertyList, Select, Switch } from '../../ui/index.ts'
import styles from './Settings.module.css'

const LEAST_SPEED = 0.001
const TOO_SLOW = `A speed is ${LEAST_SPEED} or more. To stop the clock, pause it.`

/** The clock in full: also speeds that the title bar does not offer. */
export function ClockPage() {
  const status = useSystemStatus()
  /** What is typed and not yet taken: half a number must not move the clock, which never goes back. */
  const [draft, setDraft] = useState<{ speed: number | null } | null>(null)
  const set = useAction(
    (clients, signal, change: Partial<ClockSettings>) => clients.system.setClock(change, { signal }),
    {
      onError: (error) => {
        setDraft(null)
        notifyError('The clock was not changed', error)
      },
    },
  )
  const step = useAction((clients, signal) => clients.system.stepClock({}, { signal }), {
    onError: (error) => notifyError('The clock was not stepped', error),
  })
  const inEffect = status?.clock.speed
  useEffect(() => {
    // What is typed meanwhile stays.
    setDraft((typed) => (typed?.speed === inEffect ? null : typed))
  }, [inEffect])
  if (!status) return <Loading />
  const { clock, nowMs } = status
  const takeSpeed = () => {
    if (!draft) return
    const { speed } = draft
    if (speed === clock.speed || (speed !== null && speed < LEAST_SPEED)) setDraft(null)
    else void set.run({ speed })
  }
  const virtual = clock.mode === 'virtual'
  return (
    <div className={styles.stack}>
      <h2>The workspace’s clock</h2>
      <p>
        Streams, buffers, windows and schedules all follow one clock. In virtual time it can run faster than the world,
        stand still, or go from one due work to the next: an hour of buffering passes in seconds, and a run can be
        repeated exactly. The time it has reached is kept; how it runs is not, so it starts in real time whenever
        Millrace does.
      </p>
      <PropertyList
        items={[
          ['Time', formatTime(nowMs, { millis: true })],
          ['In UTC', formatUtc(nowMs)],
        ]}
      />
      <div className={styles.narrow}>
        <Field label="Mode">
          {({ id }) => (
            <Select
              id={id}
              value={clock.mode}
              options={[
                { value: 'real', label: 'Real time' },
                { value: 'virtual', label: 'Virtual time' },
              ]}
              onChange={(mode) => void set.run({ mode })}
            />
          )}
        </Field>
      </div>
      <div className={styles.narrow}>
        <Field
          label="Speed"
          help={
            clock.speed === null
              ? 'As fast as the work allows.'
              : 'Engine time for each real second; empty is as fast as the work allows.'
          }
          {...(draft !== null && draft.speed !== null && draft.speed < LEAST_SPEED && { error: TOO_SLOW })}
        >
          {({ id }) => (
            <NumberInput
              id={id}
              unit="×"
              min={LEAST_SPEED}
              placeholder="as fast as possible"
              disabled={!virtual}
              value={draft ? draft.speed : clock.speed}
              onChange={(speed) => setDraft({ speed })}
              onBlur={takeSpeed}
              onKeyDown={(event) => {
                if (event.key === 'Enter') takeSpeed()
                if (event.key === 'Escape') setDraft(null)
              }}
            />
          )}
        </Field>
      </div>
      <div className={styles.narrow}>
        <Field label="Paused" row help="Nothing that waits for time happens until it goes on.">
          {({ id }) => (
            <Switch
              id={id}
              checked={clock.paused}
              disabled={!virtual}
              onChange={(paused) => void set.run({ paused })}
            />
          )}
        </Field>
      </div>
      <div>
        <Button disabled={!virtual} pending={step.pending} onClick={() => void step.run()}>
          Step to the next due work
        </Button>
      </div>
    </div>
  )
}
