import { useState } from 'react'
import type { BucketSettings } from '../../../../engines/lake/contract.ts'
import { LinesField, notifyError, pairsOf, pairsText, useAction } from '../../../lib/index.ts'
import { Banner, Button, Field, Switch } from '../../../ui/index.ts'
import styles from '../catalog.module.css'
import type { Change } from './BucketView.tsx'

/** What is on or off for the whole bucket, and its tags. */
export function General({ settings, put }: { settings: BucketSettings; put: (change: Change) => Promise<unknown> }) {
  const [tags, setTags] = useState(pairsText(settings.tags ?? {}))
  const turn = useAction((_clients, _signal, change: Change) => put(change), {
    onError: (error) => notifyError('The bucket was not changed', error),
  })
  const save = useAction(() => {
    const given = pairsOf(tags)
    return put({ tags: Object.keys(given).length > 0 ? given : null })
  })
  const { versioning } = settings
  return (
    <div className={styles.settings}>
      <Field
        label="Versions"
        help={
          versioning === 'Enabled'
            ? 'What is replaced or deleted stays as an old version. Versions can be suspended, never taken away.'
            : versioning === 'Suspended'
              ? 'Suspended: old versions are there, and no new ones are made.'
              : 'Off: what is replaced or deleted is gone.'
        }
      >
        {({ invalid: _, ...control }) => (
          <Switch
            {...control}
            checked={versioning === 'Enabled'}
            onChange={(on) => void turn.run({ versioning: on ? 'Enabled' : 'Suspended' })}
          />
        )}
      </Field>
      <Field label="Tell the default event bus" help="Of every change, as Amazon EventBridge is told">
        {({ invalid: _, ...control }) => (
          <Switch
            {...control}
            checked={settings.eventBridge ?? false}
            onChange={(on) => void turn.run({ eventBridge: on || null })}
          />
        )}
      </Field>
      <LinesField
        label="Tags"
        help="name=value, one a line; at most 50"
        rows={5}
        value={tags}
        error={save.error?.message}
        onChange={setTags}
      />
      <div>
        <Button
          variant="primary"
          pending={save.pending}
          disabled={tags === pairsText(settings.tags ?? {})}
          onClick={() => void save.run()}
        >
          Save tags
        </Button>
      </div>
      <Banner>
        Encryption with keys of the service (SSE-S3) is what every object has by default: here that of your disk, since
        objects are plain files in the workspace. SSE-KMS and SSE-C are refused.
      </Banner>
    </div>
  )
}
