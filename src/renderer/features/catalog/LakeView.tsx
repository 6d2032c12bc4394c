import { ArrowUp, Download, File, Folder, Settings2, Trash2, Upload } from 'lucide-react'
import { type DragEvent, useEffect, useMemo, useRef, useState } from 'react'
import type { Clients } from '../../../engines/contract.ts'
import type { ObjectInfo } from '../../../engines/lake/contract.ts'
import {
  formatBytes,
  formatTime,
  formatUtc,
  notify,
  notifyError,
  openView,
  plural,
  useAction,
  useCall,
  useFeed,
  useRemembered,
  useView,
  type ViewProps,
} from '../../lib/index.ts'
import {
  Button,
  ConfirmDialog,
  type DataColumn,
  DataTable,
  EmptyState,
  ErrorView,
  IconButton,
  Loading,
  Page,
  SplitPane,
  Toolbar,
  ToolbarSpace,
} from '../../ui/index.ts'
import styles from './catalog.module.css'
import { ObjectPreview } from './ObjectPreview.tsx'
import { folderName } from './open.ts'

type Entry = { name: string; prefix: string | null; object: ObjectInfo | null }

const COLUMNS: readonly DataColumn<Entry>[] = [
  {
    id: 'name',
    title: 'Name',
    width: 420,
    value: (entry) => entry.name,
    render: (_, entry) => (
      <span className={styles.entry}>
        {entry.prefix === null ? <File size={13} aria-hidden /> : <Folder size={13} aria-hidden />}
        <span title={entry.name}>{entry.name}</span>
      </span>
    ),
  },
  {
    id: 'size',
    title: 'Size',
    kind: 'number',
    width: 100,
    value: (entry) => entry.object?.size ?? null,
    render: (value) => (value === null ? '' : formatBytes(Number(value))),
  },
  {
    id: 'changed',
    title: 'Changed',
    width: 180,
    value: (entry) => entry.object?.modifiedMs ?? null,
    render: (value) =>
      value === null ? '' : <time title={formatUtc(Number(value))}>{formatTime(Number(value))}</time>,
  },
  { id: 'etag', title: 'ETag', mono: true, width: 280, hidden: true, value: (entry) => entry.object?.etag ?? '' },
]
const PAGE = 1000

export function LakeView({ params: { bucket, prefix } }: ViewProps<{ bucket: string; prefix: string }>) {
  const changes = useFeed(
    (clients, signal) => clients.lake.watchObjects({ bucket, prefix }, { signal }),
    [bucket, prefix],
    { initial: 0, fold: (count: number) => count + 1, maxPerSecond: 1 },
  )
  const view = useRef(useView())
  const [limit, setLimit] = useState(PAGE)
  const page = useCall(
    (clients, signal) =>
      clients.lake.listObjects({ bucket, prefix, delimiter: '/', max: Math.min(10_000, limit) }, { signal }),
    [bucket, prefix, limit, changes.data],
  )
  const [chosen, setChosen] = useState<ObjectInfo | null>(null)
  const [deleting, setDeleting] = useState<ObjectInfo | null>(null)
  useEffect(() => {
    view.current.setTitle(folderName(bucket, prefix))
    setChosen(null)
  }, [bucket, prefix])
  const [size, setSize] = useRemembered('catalog.preview', 300)
  const picker = useRef<HTMLInputElement>(null)
  const upload = useAction(
    (clients, signal, files: readonly globalThis.File[]) => putFiles(clients, bucket, prefix, files, signal),
    {
      onDone: (count) => {
        notify({ title: `${plural(count, 'object')} stored in ${bucket}`, tone: 'good' })
        page.reload()
      },
      onError: (error) => notifyError('The files were not stored', error),
    },
  )
  const remove = useAction(
    (clients, signal, key: string) => clients.lake.deleteObjects({ bucket, keys: [key] }, { signal }),
    {
      onDone: page.reload,
      onError: (error) => notifyError('The object was not deleted', error),
    },
  )
  const download = useAction(
    async (clients, signal, object: ObjectInfo) =>
      saveObject(await clients.lake.getObject({ bucket, key: object.key }, { signal })),
    {
      onError: (error) => notifyError('The object cannot be read', error),
    },
  )
  const entries = useMemo(
    (): Entry[] => [
      ...(page.data?.commonPrefixes ?? []).map((path) => ({
        name: path.slice(prefix.length),
        prefix: path,
        object: null,
      })),
      ...(page.data?.objects ?? [])
        .filter(({ key }) => key !== prefix)
        .map((object) => ({ name: object.key.slice(prefix.length), prefix: null, object })),
    ],
    [page.data, prefix],
  )
  if (page.error && !page.data)
    return <ErrorView title={`s3://${bucket}/${prefix} cannot be listed`} error={page.error} />
  if (!page.data) return <Loading />
  const go = (next: string) => openView('catalog.object', { bucket, prefix: next })
  const drop = (event: DragEvent) => {
    event.preventDefault()
    if (event.dataTransfer.files.length > 0) void upload.run([...event.dataTransfer.files])
  }
  const list = (
    <section
      className={styles.fill}
      aria-label="Objects; files can be dropped here"
      data-takes-files
      onDrop={drop}
      onDragOver={(event) => event.preventDefault()}
    >
      {entries.length === 0 ? (
        <EmptyState
          icon={<Folder size={20} />}
          title="Nothing is here"
          actions={<Button onClick={() => picker.current?.click()}>Choose files</Button>}
        >
          Drop files here, or write them with any S3 client to s3://{bucket}/{prefix}
        </EmptyState>
      ) : (
        <DataTable
          label={`s3://${bucket}/${prefix}`}
          rows={entries}
          rowKey={(entry) => entry.prefix ?? entry.object!.key}
          columns={COLUMNS}
          selected={chosen?.key ?? null}
          onSelect={(entry) => setChosen(entry.object)}
          onOpen={(entry) => (entry.prefix === null ? setChosen(entry.object) : go(entry.prefix))}
          rowMenu={({ object, prefix: folder }) =>
            object
              ? [
                  {
                    title: 'Copy S3 URI',
                    onSelect: () => void navigator.clipboard.writeText(`s3://${bucket}/${object.key}`),
                  },
                  { title: 'Save a copy', onSelect: () => void download.run(object) },
                  'separator',
                  { title: 'Delete…', danger: true, onSelect: () => setDeleting(object) },
                ]
              : [
                  { title: 'Open', onSelect: () => go(folder!) },
                  {
                    title: 'Copy S3 URI',
                    onSelect: () => void navigator.clipboard.writeText(`s3://${bucket}/${folder}`),
                  },
                ]
          }
        />
      )}
    </section>
  )
  return (
    <Page
      path={crumbs(bucket, prefix, go)}
      scroll={false}
      actions={
        <Button size="s" icon={<Settings2 size={13} />} onClick={() => openView('catalog.bucket', { bucket })}>
          Bucket settings
        </Button>
      }
    >
      <Toolbar label="Objects">
        <IconButton
          icon={<ArrowUp size={14} />}
          label="Up"
          disabled={prefix === ''}
          onClick={() =>
            go(
              prefix
                .split('/')
                .slice(0, -2)
                .map((part) => `${part}/`)
                .join(''),
            )
          }
        />
        <Button size="s" icon={<Upload size={13} />} pending={upload.pending} onClick={() => picker.current?.click()}>
          Add files
        </Button>
        <Button
          size="s"
          icon={<Download size={13} />}
          disabled={!chosen}
          pending={download.pending}
          onClick={() => chosen && void download.run(chosen)}
        >
          Save a copy
        </Button>
        <IconButton icon={<Trash2 size={14} />} label="Delete" disabled={!chosen} onClick={() => setDeleting(chosen)} />
        <ToolbarSpace />
        {page.data.next !== undefined && limit < 10_000 && (
          <Button size="s" onClick={() => setLimit(limit * 10)}>
            Show more
          </Button>
        )}
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          onChange={(event) => event.target.files && void upload.run([...event.target.files])}
        />
      </Toolbar>
      <SplitPane
        direction="column"
        sized="second"
        label="Objects and preview"
        size={chosen ? size : 0}
        onSize={(next) => (next === 0 ? setChosen(null) : setSize(next))}
        first={list}
        second={chosen ? <ObjectPreview bucket={bucket} object={chosen} /> : null}
      />
      <ConfirmDialog
        open={deleting !== null}
        onClose={() => setDeleting(null)}
        onConfirm={() => {
          if (deleting) void remove.run(deleting.key)
          setDeleting(null)
          setChosen(null)
        }}
        title="Delete this object?"
        message={`s3://${bucket}/${deleting?.key} goes from the lake and from the workspace's folder. This cannot be undone.`}
        action="Delete object"
      />
    </Page>
  )
}

function crumbs(bucket: string, prefix: string, go: (prefix: string) => void) {
  const parts = prefix.split('/').filter(Boolean)
  return [
    { title: 'Lake' },
    { title: bucket, onOpen: () => go('') },
    ...parts.map((title, index) => ({ title, onOpen: () => go(`${parts.slice(0, index + 1).join('/')}/`) })),
  ]
}

async function putFiles(
  clients: Clients,
  bucket: string,
  prefix: string,
  files: readonly globalThis.File[],
  signal: AbortSignal,
): Promise<number> {
  for (const file of files) {
    const body = new Uint8Array(await file.arrayBuffer())
    await clients.lake.putObject(
      { bucket, key: `${prefix}${file.name}`, body, ...(file.type !== '' && { contentType: file.type }) },
      { signal },
    )
  }
  return files.length
}

function saveObject(object: { key: string; body: Uint8Array }): void {
  const url = URL.createObjectURL(new Blob([object.body as Uint8Array<ArrayBuffer>]))
  const link = document.createElement('a')
  link.href = url
  link.download = object.key.split('/').at(-1) ?? 'object'
  link.click()
  URL.revokeObjectURL(url)
}
