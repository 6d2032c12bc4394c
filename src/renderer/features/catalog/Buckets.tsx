import { Folder, Plus } from 'lucide-react'
import { useState } from 'react'
import { openView, useCall, useFeed, useShown } from '../../lib/index.ts'
import { Button, IconButton, Section, Tree } from '../../ui/index.ts'
import { CreateDialog } from './CreateDialog.tsx'
import { Listed } from './Listed.tsx'

export function Buckets() {
  const changes = useFeed((clients, signal) => clients.lake.watchObjects({}, { signal }), [], {
    initial: new Set<string>(),
    fold: (known: Set<string>, { bucket }) => (known.has(bucket) ? known : new Set([...known, bucket])),
  })
  const buckets = useCall((clients, signal) => clients.lake.listBuckets({}, { signal }), [changes.data])
  const [creating, setCreating] = useState(false)
  const shown = useShown<{ bucket: string; prefix: string }>('catalog.object')
  const open = (bucket: string) => openView('catalog.object', { bucket, prefix: '' })
  return (
    // A dialog is there whether the section is open or not.
    <>
      <Section
        title="Lake"
        flush
        actions={<IconButton icon={<Plus size={14} />} label="Create bucket" onClick={() => setCreating(true)} />}
      >
        <Listed
          call={buckets}
          empty={buckets.data?.length === 0}
          what="The lake"
          hint="A bucket is a folder of plain files under lake/ in the workspace, and an S3 bucket for AWS clients."
          action={<Button onClick={() => setCreating(true)}>Create a bucket</Button>}
        >
          <Tree
            label="Buckets"
            selected={shown?.bucket ?? null}
            fitContent
            openOnClick
            nodes={(buckets.data ?? []).map(({ name }) => ({ id: name, label: name, icon: <Folder size={14} /> }))}
            onOpen={open}
            menu={(bucket) => [
              { title: 'Open', shortcut: 'Enter', onSelect: () => open(bucket) },
              { title: 'Settings', onSelect: () => openView('catalog.bucket', { bucket }) },
              'separator',
              { title: 'Copy name', onSelect: () => void navigator.clipboard.writeText(bucket) },
              { title: 'Copy S3 URI', onSelect: () => void navigator.clipboard.writeText(`s3://${bucket}/`) },
              { title: 'Copy ARN', onSelect: () => void navigator.clipboard.writeText(`arn:aws:s3:::${bucket}`) },
            ]}
          />
        </Listed>
      </Section>
      <CreateDialog
        open={creating}
        title="Create bucket"
        help="3 to 63 lower-case letters, digits, dots and hyphens"
        onClose={() => setCreating(false)}
        create={(clients, name, signal) => clients.lake.createBucket({ bucket: name }, { signal })}
        onDone={buckets.reload}
      />
    </>
  )
}
