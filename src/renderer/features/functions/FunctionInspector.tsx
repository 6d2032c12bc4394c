import { useEffect, useState } from 'react'
import type { FunctionInfo } from '../../../engines/functions/contract.ts'
import { formatBytes, formatTime, formatUtc, notifyError, shortId, useAction } from '../../lib/index.ts'
import { Copied, Field, NumberInput, PropertyList, Section } from '../../ui/index.ts'
import styles from './functions.module.css'

export function FunctionInspector({ info }: { info: FunctionInfo }) {
  const { name, arn } = info
  const update = useAction(
    (clients, signal, settings: { timeoutS?: number; memoryMiB?: number }) =>
      clients.functions.updateSettings({ name, settings }, { signal }),
    { onError: (error) => notifyError('The function was not changed', error) },
  )
  const cli = `aws lambda invoke --function-name ${name} /dev/stdout`
  return (
    <>
      <Section title="Function">
        <PropertyList
          items={[
            ['Runtime', info.runtime],
            ['Handler', info.handler],
            ['Folder', `functions/${name}`],
            ['Code', formatBytes(info.codeBytes)],
            [
              'Changed',
              <span key="changed" title={formatUtc(info.modifiedMs)}>
                {formatTime(info.modifiedMs)}
              </span>,
            ],
          ]}
        />
      </Section>
      {info.layers.length > 0 && (
        <Section title="Layers">
          <PropertyList
            items={info.layers.map((layer, i) => [layer.split(':layer:')[1] ?? layer, formatBytes(info.layerBytes[i])])}
          />
        </Section>
      )}
      <Section title="Limits">
        <div className={styles.form}>
          <Limit
            label="Timeout"
            help="Seconds, 1 to 900"
            value={info.timeoutS}
            min={1}
            max={900}
            onApply={(timeoutS) => void update.run({ timeoutS })}
          />
          <Limit
            label="Memory"
            help="MiB, from 128. A function that takes more is stopped."
            value={info.memoryMiB}
            min={128}
            max={10_240}
            onApply={(memoryMiB) => void update.run({ memoryMiB })}
          />
          <p className={styles.quiet}>
            It runs in a process of its own, reads its own folder, writes nothing, starts no process, and reaches this
            machine's loopback addresses only. Python and the network are held by a guard that determined code gets
            past.
          </p>
        </div>
      </Section>
      <Section title="In AWS terms">
        <PropertyList
          items={[
            [
              'ARN',
              <Copied key="arn" text={arn} label="Copy ARN">
                {shortId(arn)}
              </Copied>,
            ],
            [
              'CLI',
              <Copied key="cli" text={cli} label="Copy the command">
                aws lambda invoke
              </Copied>,
            ],
          ]}
        />
        <p className={styles.quiet}>Lambda's requests are always checked: set up a shell with millrace env first.</p>
      </Section>
    </>
  )
}

/** A number that counts once it is left. */
function Limit({
  label,
  help,
  value,
  min,
  max,
  onApply,
}: {
  label: string
  help: string
  value: number
  min: number
  max: number
  onApply: (value: number) => void
}) {
  const [draft, setDraft] = useState<number | null>(value)
  useEffect(() => setDraft(value), [value])
  const apply = () => {
    if (draft === null || draft < min || draft > max) setDraft(value)
    else if (draft !== value) onApply(draft)
  }
  return (
    <Field label={label} help={help}>
      {({ invalid: _, ...ids }) => (
        <NumberInput {...ids} value={draft} min={min} max={max} onChange={setDraft} onBlur={apply} />
      )}
    </Field>
  )
}
