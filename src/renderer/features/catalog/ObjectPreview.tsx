import { Paperclip } from 'lucide-react'
import type { ObjectInfo } from '../../../engines/lake/contract.ts'
import { formatBytes } from '../../lib/index.ts'
import { Banner, Button, EmptyState } from '../../ui/index.ts'
import { askAttach } from './attach/dialog.ts'
import { oddities } from './attach/facts.ts'
import { Rows } from './Rows.tsx'

const DELIMITED = /\.(csv|tsv|psv|txt)(\.gz|\.zst)?$/i
const TABULAR = /\.(parquet|json|jsonl|ndjson)(\.gz|\.zst)?$/i
const ROWS = 200

/** The first rows of an object. Delimited text is looked at as it is before it is attached, in whatever encoding, with a word on what is lost. */
export function ObjectPreview({ bucket, object }: { bucket: string; object: ObjectInfo }) {
  const uri = `s3://${bucket}/${object.key}`
  const common = {
    label: object.key,
    most: ROWS,
    deps: [bucket, object.key, object.etag],
    empty: 'The file has no rows.',
    failed: 'This file cannot be read',
  }
  if (DELIMITED.test(object.key))
    return (
      <Rows
        {...common}
        ask={async (clients, rows, signal) => {
          const found = await clients.catalog.inspectFile({ source: uri, rows }, { signal })
          return { ...found.page, odd: oddities(found) }
        }}
        above={({ odd }) =>
          odd !== null && (
            <Banner
              tone="warn"
              actions={
                <Button size="s" icon={<Paperclip size={13} />} onClick={() => askAttach([{ path: uri }])}>
                  Attach…
                </Button>
              }
            >
              {odd}
            </Banner>
          )
        }
      />
    )
  if (TABULAR.test(object.key))
    return (
      <Rows
        {...common}
        ask={async (clients, rows, signal) => (await clients.catalog.preview({ uri, rows }, { signal })).page}
      />
    )
  return (
    <EmptyState
      title={object.key.split('/').at(-1) ?? ''}
    >{`${formatBytes(object.size)}. Parquet, CSV, text and JSON files show their rows here.`}</EmptyState>
  )
}
