import { Plus, X } from 'lucide-react'
import { useState } from 'react'
import type { Breakpoint, JobStatus } from '../../../engines/mapreduce/contract.ts'
import { notifyError, useAction, useCall } from '../../lib/index.ts'
import { Button, IconButton, Input, Section, Select } from '../../ui/index.ts'
import styles from './mapreduce.module.css'
import { hasEnded } from './states.ts'

const STAGES = [
  { value: 'reduce', label: 'reduce' },
  { value: 'map', label: 'map' },
] as const

/** Keys before which tasks stop. */
export function Breakpoints({ job }: { job: JobStatus }) {
  const spec = useCall((clients, signal) => clients.mapreduce.spec({ id: job.id }, { signal }), [job.id])
  const [own, setOwn] = useState<readonly Breakpoint[] | null>(null)
  const [key, setKey] = useState('')
  const [stage, setStage] = useState<Breakpoint['stage']>('reduce')
  const set = useAction(
    (clients, signal, breakpoints: Breakpoint[]) =>
      clients.mapreduce.setBreakpoints({ id: job.id, breakpoints }, { signal }).then(() => breakpoints),
    { onDone: setOwn, onError: (error) => notifyError('The breakpoint was not set', error) },
  )
  const known = own ?? spec.data?.breakpoints ?? []
  if (hasEnded(job)) return null
  const add = () => {
    if (key !== '') void set.run([...known, { stage, key }])
    setKey('')
  }
  return (
    <Section title="Breakpoints" badge={known.length}>
      <ul className={styles.breakpoints}>
        {known.map((each) => (
          <li key={`${each.stage} ${each.key}`}>
            <span>
              {each.stage} of <code>{each.key}</code>
            </span>
            <IconButton
              size="s"
              icon={<X size={12} />}
              label={`Remove the breakpoint on ${each.key}`}
              onClick={() => void set.run(known.filter((other) => other !== each))}
            />
          </li>
        ))}
      </ul>
      <div className={styles.add}>
        <Select label="Stage" value={stage} options={STAGES} onChange={setStage} />
        <Input
          aria-label="Key"
          placeholder="Key"
          value={key}
          onChange={setKey}
          onKeyDown={(event) => event.key === 'Enter' && add()}
        />
        <Button icon={<Plus size={14} />} disabled={key === ''} pending={set.pending} onClick={add}>
          Stop there
        </Button>
      </div>
      <p className={styles.quiet}>Tasks that start from now on stop before this key.</p>
    </Section>
  )
}
