import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { PriceTable, Reservation } from '../../../engines/kit/pure/prices.ts'
import { Button, Field, IconButton, Input } from '../../ui/index.ts'
import { DraftNumber } from './Drafts.tsx'
import styles from './Settings.module.css'

const TYPE = /^[a-z]\w*\.\d*xlarge$/
/** What a year without payment ahead saves, about: where a person begins. */
const SHARE_OF_ON_DEMAND = 0.63

/** Instances that were reserved: what an hour of each costs, which on-demand nodes of their type then cost. */
export function ReservedInstances({
  table,
  onChange,
}: {
  table: PriceTable
  onChange: (reserved: Reservation[]) => void
}) {
  const [type, setType] = useState('')
  const [wrong, setWrong] = useState<string | null>(null)
  const reserved = table.reserved ?? []
  const change = (at: number, part: Partial<Reservation>) =>
    onChange(reserved.map((each, i) => (i === at ? { ...each, ...part } : each)))
  const add = () => {
    const wanted = type.trim()
    if (!TYPE.test(wanted)) return setWrong('A type of instance, such as m5.xlarge')
    if (reserved.some((each) => each.type === wanted)) return setWrong(`${wanted} is there already`)
    onChange([...reserved, { type: wanted, count: 1, hourUsd: firstPrice(table, wanted) }])
    setType('')
    setWrong(null)
  }
  return (
    <>
      <h3>Reserved instances</h3>
      <p>
        Nodes of EMR that run on demand take the places of reserved instances of their type, those launched first, and
        cost what is said here instead. A place that nobody takes is not counted.
      </p>
      {reserved.length > 0 && (
        <table className={styles.prices}>
          <thead>
            <tr>
              <th>Type</th>
              <th>Instances</th>
              <th>US dollars an hour, each</th>
              <th aria-label="Remove" />
            </tr>
          </thead>
          <tbody>
            {reserved.map((each, i) => (
              <tr key={each.type}>
                <td>{each.type}</td>
                <td>
                  <DraftNumber
                    label={`Instances: ${each.type}`}
                    value={each.count}
                    min={1}
                    onChange={(count) => change(i, { count: Math.round(count) })}
                  />
                </td>
                <td>
                  <DraftNumber
                    label={`US dollars an hour: ${each.type}`}
                    value={each.hourUsd}
                    onChange={(hourUsd) => change(i, { hourUsd })}
                  />
                </td>
                <td>
                  <IconButton
                    size="s"
                    icon={<Trash2 size={14} />}
                    label={`Remove ${each.type}`}
                    onClick={() => onChange(reserved.filter((other) => other !== each))}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <div className={styles.adding}>
        <Field label="Type of instance" error={wrong ?? undefined}>
          {({ id, ...aria }) => (
            <Input
              id={id}
              {...aria}
              value={type}
              placeholder="m5.xlarge"
              onChange={setType}
              onKeyDown={(event) => event.key === 'Enter' && add()}
            />
          )}
        </Field>
        <Button disabled={type.trim() === ''} onClick={add}>
          Add reserved instances
        </Button>
      </div>
    </>
  )
}

function firstPrice({ items }: PriceTable, type: string): number {
  const [family, size] = type.split('.')
  const vcpus = 4 * Number(size.replace('xlarge', '') || 1)
  const onDemand = items[`ec2.${family}.vcpuHour`]?.usd ?? 0
  return Math.round(onDemand * vcpus * SHARE_OF_ON_DEMAND * 10_000) / 10_000
}
