import { useState } from 'react'
import { contracts, type EngineName } from '../../../engines/contract.ts'
import type { Fault, FaultEffect, FaultInput } from '../../../engines/kit/pure/faults.ts'
import {
  formatNumber,
  formatPercent,
  notifyError,
  plural,
  useAction,
  useFaults,
  useSystemStatus,
} from '../../lib/index.ts'
import { Button, EmptyState, Field, Loading, NumberInput, Select, StateDot, shapeOf } from '../../ui/index.ts'
import styles from './Settings.module.css'

const EFFECTS: Record<FaultEffect['kind'], { title: string; help: string }> = {
  slow: { title: 'Slow', help: 'The engine begins with a call so much later, in engine time.' },
  throttle: {
    title: 'Throttle',
    help: 'Calls are refused as the service refuses who asks too much: clients try again.',
  },
  fail: { title: 'Fail', help: 'Calls end with an internal failure; nothing of them is done.' },
  'disk-full': {
    title: 'Full disk',
    help: 'All engines of its host find the disk full when they write. What DuckDB writes by itself is not concerned.',
  },
}
const ALL = ''

/** Makes things go wrong, to see that a pipeline bears it. */
export function FaultsPage() {
  const faults = useFaults()
  return (
    <div className={styles.stack}>
      <h2>Faults on purpose</h2>
      <p>
        See how a pipeline and your own clients bear it when a service is slow, throttles, fails or crashes. A fault
        meets every call of its engine, from the AWS port and from within, until it is removed or Millrace stops.
      </p>
      <NewFault />
      <h3>In effect</h3>
      {!faults ? (
        <Loading />
      ) : faults.length === 0 ? (
        <EmptyState title="Nothing goes wrong on purpose">Inject a fault above.</EmptyState>
      ) : (
        <ul className={styles.list}>
          {faults.map((fault) => (
            <FaultRow key={fault.id} fault={fault} />
          ))}
        </ul>
      )}
      <h3>Crash a host</h3>
      <p>Its engines get no chance to end in order. It starts again by itself, with all that was acknowledged.</p>
      <Hosts />
    </div>
  )
}

function NewFault() {
  const [engine, setEngine] = useState<EngineName>('stream')
  const [verb, setVerb] = useState(ALL)
  const [kind, setKind] = useState<FaultEffect['kind']>('throttle')
  const [ms, setMs] = useState<number | null>(1000)
  const [percent, setPercent] = useState<number | null>(100)
  const [times, setTimes] = useState<number | null>(null)
  const inject = useAction((clients, signal, fault: FaultInput) => clients.system.injectFault(fault, { signal }), {
    onError: (error) => notifyError('The fault was not injected', error),
  })
  const whole = kind === 'disk-full'
  const effect: FaultEffect | null = kind !== 'slow' ? { kind } : ms ? { kind, ms } : null
  const verbs = Object.keys(contracts[engine].verbs)
  return (
    <form
      className={styles.stack}
      onSubmit={(event) => {
        event.preventDefault()
        if (!effect) return
        void inject.run({
          engine,
          effect,
          ...(!whole && verb !== ALL && { verb }),
          ...(!whole && percent && { share: percent / 100 }),
          ...(times && { times }),
        })
      }}
    >
      <div className={styles.columns}>
        <Field label="Engine">
          {({ id }) => (
            <Select
              id={id}
              value={engine}
              options={ENGINES.map((value) => ({ value, label: value }))}
              onChange={(value) => {
                setEngine(value)
                setVerb(ALL)
              }}
            />
          )}
        </Field>
        <Field label="Effect" help={EFFECTS[kind].help}>
          {({ id }) => (
            <Select
              id={id}
              value={kind}
              options={Object.entries(EFFECTS).map(([value, { title }]) => ({
                value: value as FaultEffect['kind'],
                label: title,
              }))}
              onChange={setKind}
            />
          )}
        </Field>
        {!whole && (
          <Field label="Call">
            {({ id }) => (
              <Select
                id={id}
                value={verb}
                options={[{ value: ALL, label: 'Every call' }, ...verbs.map((value) => ({ value, label: value }))]}
                onChange={setVerb}
              />
            )}
          </Field>
        )}
        {kind === 'slow' && (
          <Field label="Delay" {...(ms === null && { error: 'A delay is needed.' })}>
            {({ id }) => <NumberInput id={id} unit="ms" min={1} max={900_000} value={ms} onChange={setMs} />}
          </Field>
        )}
        {!whole && (
          <Field label="Share of the calls">
            {({ id }) => <NumberInput id={id} unit="%" min={1} max={100} value={percent} onChange={setPercent} />}
          </Field>
        )}
        <Field label="Ends after">
          {({ id }) => (
            <NumberInput id={id} unit="hits" min={1} placeholder="never" value={times} onChange={setTimes} />
          )}
        </Field>
      </div>
      <div>
        <Button type="submit" variant="primary" pending={inject.pending} disabled={!effect}>
          Inject
        </Button>
      </div>
    </form>
  )
}

const ENGINES = (Object.keys(contracts) as (keyof typeof contracts)[]).filter(
  (name): name is EngineName => name !== 'system' && name !== 'gate',
)

function FaultRow({ fault }: { fault: Fault }) {
  const remove = useAction((clients, signal, id: string) => clients.system.removeFault({ id }, { signal }), {
    onError: (error) => notifyError('The fault was not removed', error),
  })
  const { effect, engine, verb, share, times, hits } = fault
  const delay = effect.kind === 'slow' ? ` by ${formatNumber(effect.ms)} ms` : ''
  const which = effect.kind === 'disk-full' ? 'of its host' : verb ? `on ${verb}` : 'on every call'
  const part = share < 1 ? `, ${formatPercent(share, 0)} of them` : ''
  return (
    <li>
      <strong>{engine}</strong>
      <span>{`${EFFECTS[effect.kind].title}${delay} ${which}${part}`}</span>
      <span className={styles.quiet}>
        {times ? `${formatNumber(hits)} of ${plural(times, 'hit')}` : plural(hits, 'hit')}
      </span>
      <Button size="s" pending={remove.pending} onClick={() => void remove.run(fault.id)}>
        Remove
      </Button>
    </li>
  )
}

function Hosts() {
  const status = useSystemStatus()
  const kill = useAction((clients, signal, host: string) => clients.system.killHost({ host }, { signal }), {
    onError: (error) => notifyError('The host was not ended', error),
  })
  return (
    <ul className={styles.list}>
      {status?.hosts.map(({ host, state, engines, restarts }) => (
        <li key={host}>
          <StateDot state={shapeOf(state)} text={host} />
          <span className={styles.quiet}>{engines.join(', ')}</span>
          <span className={styles.quiet}>{restarts > 0 ? `came back ${plural(restarts, 'time')}` : ''}</span>
          <Button size="s" disabled={state !== 'ready' || kill.pending} onClick={() => void kill.run(host)}>
            Crash
          </Button>
        </li>
      ))}
    </ul>
  )
}
