import { Plus, X } from 'lucide-react'
import { useState } from 'react'
import type { SchemaVersion } from '../../../../engines/catalog/contract.ts'
import { notifyError, useAction, useCall } from '../../../lib/index.ts'
import { IconButton, Input, Section } from '../../../ui/index.ts'
import styles from '../catalog.module.css'

/** Pairs that people keep with a version, such as who registered it and for what. */
export function Metadata({ version: { versionId, version } }: { version: SchemaVersion }) {
  const pairs = useCall(
    (clients, signal) => clients.catalog.listVersionMetadata({ versionId }, { signal }),
    [versionId],
  )
  const [key, setKey] = useState('')
  const [value, setValue] = useState('')
  const add = useAction(
    (clients, signal) => clients.catalog.putVersionMetadata({ versionId, key, value }, { signal }),
    {
      onDone: () => {
        setKey('')
        setValue('')
        pairs.reload()
      },
      onError: (error) => notifyError('The pair was not kept', error),
    },
  )
  const remove = useAction(
    (clients, signal, pair: { key: string; value: string }) =>
      clients.catalog.removeVersionMetadata({ versionId, ...pair }, { signal }),
    { onDone: pairs.reload, onError: (error) => notifyError('The pair was not removed', error) },
  )
  const ready = key !== '' && value !== ''
  return (
    <Section title={`Metadata of version ${version}`}>
      <form
        className={styles.pairs}
        onSubmit={(event) => {
          event.preventDefault()
          if (ready) void add.run()
        }}
      >
        {(pairs.data ?? []).map((pair) => (
          <Pair
            key={`${pair.key}=${pair.value}`}
            name={pair.key}
            value={pair.value}
            onRemove={() => void remove.run(pair)}
          />
        ))}
        <Input aria-label="Key" placeholder="key" value={key} onChange={setKey} />
        <Input aria-label="Value" placeholder="value" value={value} onChange={setValue} />
        <IconButton type="submit" icon={<Plus size={14} />} label="Add metadata" disabled={!ready || add.pending} />
      </form>
    </Section>
  )
}

function Pair({ name, value, onRemove }: { name: string; value: string; onRemove: () => void }) {
  return (
    <>
      <span className={styles.mono}>{name}</span>
      <span className={styles.mono}>{value}</span>
      <IconButton icon={<X size={13} />} label={`Remove ${name} ${value}`} onClick={onRemove} />
    </>
  )
}
