import { ArrowUp, Download, File as FileIcon, Folder, FolderPlus, Trash2, Upload } from 'lucide-react'
import { type DragEvent, useEffect, useMemo, useRef, useState } from 'react'
import { type FileStatus, permissionText } from '../../../engines/hdfs/contract.ts'
import {
  formatBytes,
  formatNumber,
  formatTime,
  formatUtc,
  Inspector,
  notify,
  notifyError,
  openView,
  plural,
  useAction,
  useCall,
  useCommands,
  useRemembered,
  useView,
  type ViewProps,
} from '../../lib/index.ts'
import {
  Banner,
  Button,
  ConfirmDialog,
  type DataColumn,
  DataTable,
  EmptyState,
  ErrorView,
  IconButton,
  Loading,
  Page,
  Pane,
  SplitPane,
  Toolbar,
  ToolbarSpace,
} from '../../ui/index.ts'
import { FileInspector } from './FileInspector.tsx'
import styles from './hdfs.module.css'
import { NamePrompt } from './NamePrompt.tsx'
import { PropertiesDialog } from './PropertiesDialog.tsx'
import { ancestors, isInSnapshot, nameOf, parentOf, within } from './paths.ts'
import { NodePicture } from './picture/NodePicture.tsx'
import { ClusterContext, LOCAL, useClusterName, useShowCluster } from './shownCluster.ts'
import { download, upload } from './transfer.ts'
import { BLOCKS_MAX, useBlocks, useCluster } from './useCluster.ts'
import { useNodeActions } from './useNodeActions.ts'

const OF_FILE = (value: unknown) => (value === null ? '' : formatBytes(Number(value)))
const ofFile = (file: FileStatus, value: number) => (file.kind === 'file' ? value : null)

const COLUMNS: readonly DataColumn<FileStatus>[] = [
  {
    id: 'name',
    title: 'Name',
    width: 230,
    value: (file) => file.name,
    render: (_, { kind, name, open }) => (
      <span className={styles.entry}>
        {kind === 'file' ? <FileIcon size={13} aria-hidden /> : <Folder size={13} aria-hidden />}
        <span title={name}>{name}</span>
        {open && <span className={styles.quiet}>being written</span>}
      </span>
    ),
  },
  { id: 'size', title: 'Size', kind: 'number', width: 90, value: (file) => ofFile(file, file.bytes), render: OF_FILE },
  {
    id: 'replication',
    title: 'Replication',
    kind: 'number',
    width: 90,
    value: (file) => ofFile(file, file.replication),
    render: (value) => (value === null ? '' : String(value)),
  },
  {
    id: 'block',
    title: 'Block size',
    kind: 'number',
    width: 90,
    value: (file) => ofFile(file, file.blockBytes),
    render: OF_FILE,
  },
  { id: 'owner', title: 'Owner', width: 90, value: (file) => file.owner },
  { id: 'group', title: 'Group', width: 90, hidden: true, value: (file) => file.group },
  { id: 'permission', title: 'Permission', mono: true, width: 110, value: (file) => permissionText(file) },
  {
    id: 'modified',
    title: 'Modified',
    width: 160,
    value: (file) => file.modifiedMs,
    render: (value) => <time title={formatUtc(Number(value))}>{formatTime(Number(value))}</time>,
  },
]

/** A folder of HDFS: its files, and where the blocks of what is chosen are. */
export function FolderView({ params: { path, cluster = LOCAL } }: ViewProps<{ path: string; cluster?: string }>) {
  useShowCluster(cluster)
  return (
    <ClusterContext value={cluster}>
      <Files key={cluster} path={path} />
    </ClusterContext>
  )
}

function Files({ path }: { path: string }) {
  const name = useClusterName()
  const go = (to: string) => openView('hdfs.folder', { cluster: name, path: to })
  const view = useRef(useView())
  const { active } = useView()
  const cluster = useCluster()
  const list = useCall(
    (clients, signal) => clients.hdfs.list({ cluster: name, path }, { signal }),
    [name, path, cluster.data],
  )
  const [chosenPath, setChosen] = useState<string | null>(null)
  const [block, setBlock] = useState<number | null>(null)
  const [height, setHeight] = useRemembered('hdfs.picture', 380)
  const [asked, setAsked] = useState<'folder' | 'rename' | 'delete' | 'properties' | null>(null)
  const [clash, setClash] = useState<readonly File[]>([])
  const picker = useRef<HTMLInputElement>(null)
  const nodeActions = useNodeActions()
  const frozen = isInSnapshot(path)
  const blocks = useBlocks(active && height > 0 ? (chosenPath ?? path) : null, cluster.data)
  useEffect(() => {
    view.current.setTitle(nameOf(path))
    setChosen(null)
    setBlock(null)
  }, [path])
  const put = useAction(
    (clients, _, files: readonly File[], overwrite: boolean) =>
      upload(clients, { cluster: name, path }, files, { overwrite }),
    {
      onDone: (count) => notify({ tone: 'good', title: `${plural(count, 'file')} stored in ${path}` }),
      onError: (error) => notifyError('The files were not stored', error),
    },
  )
  const save = useAction((clients, _, file: FileStatus) => download(clients, { ...file, cluster: name }), {
    onError: (error) => notifyError('The file cannot be read', error),
  })
  const remove = useAction(
    (clients, signal, file: FileStatus) =>
      clients.hdfs.remove({ cluster: name, path: file.path, recursive: true }, { signal }),
    { onError: (error) => notifyError('It was not deleted', error) },
  )
  const files = list.data
  const chosen = useMemo(() => files?.find((file) => file.path === chosenPath) ?? null, [files, chosenPath])
  const store = (given: readonly File[]) => {
    const known = new Set(files?.map(({ name }) => name))
    if (given.some(({ name }) => known.has(name))) setClash(given)
    else if (given.length > 0) void put.run(given, false)
  }
  useCommands(
    () => [
      {
        id: 'hdfs.upload',
        title: 'Store files…',
        group: 'HDFS',
        when: () => !frozen,
        run: () => picker.current?.click(),
      },
      { id: 'hdfs.mkdir', title: 'New folder…', group: 'HDFS', when: () => !frozen, run: () => setAsked('folder') },
      {
        id: 'hdfs.up',
        title: 'Go to the folder above',
        group: 'HDFS',
        shortcut: 'Alt+ArrowUp',
        run: () => go(parentOf(path)),
      },
    ],
    [path],
  )
  if (list.error && !files)
    return (
      <ErrorView
        title={`${path} cannot be listed`}
        error={list.error}
        actions={<Button onClick={() => go('/')}>Go to the root</Button>}
      />
    )
  if (!files || !cluster.data) return <Loading />
  const drop = (event: DragEvent) => {
    event.preventDefault()
    store([...event.dataTransfer.files])
  }
  const ask = (what: typeof asked, file: FileStatus) => {
    setChosen(file.path)
    setAsked(what)
  }
  const table = (
    <section
      className={styles.fill}
      aria-label="Files; files can be dropped here"
      data-takes-files
      onDrop={drop}
      onDragOver={(event) => event.preventDefault()}
    >
      {files.length === 0 && frozen ? (
        <EmptyState icon={<Folder size={20} />} title="Nothing was here" />
      ) : files.length === 0 ? (
        <EmptyState
          icon={<Folder size={20} />}
          title="Nothing is here"
          actions={<Button onClick={() => picker.current?.click()}>Choose files</Button>}
        >
          Drop files here: each is cut into blocks of {formatBytes(cluster.data.blockBytes)}, and every block has{' '}
          {plural(cluster.data.replication, 'replica')} on different nodes.
        </EmptyState>
      ) : (
        <DataTable
          label={`Files of ${path}`}
          rows={files}
          rowKey={(file) => file.path}
          columns={COLUMNS}
          selected={chosenPath}
          onSelect={(file) => setChosen(file.path)}
          onOpen={(file) => (file.kind === 'directory' ? go(file.path) : setChosen(file.path))}
          rowMenu={(file) => [
            file.kind === 'directory'
              ? { title: 'Open', onSelect: () => go(file.path) }
              : { title: 'Save a copy', onSelect: () => void save.run(file) },
            { title: 'Copy path', onSelect: () => void navigator.clipboard.writeText(file.path) },
            'separator',
            { title: 'Rename or move…', disabled: frozen, onSelect: () => ask('rename', file) },
            {
              title: file.kind === 'file' ? 'Replication and owner…' : 'Quotas and owner…',
              disabled: frozen,
              onSelect: () => ask('properties', file),
            },
            'separator',
            { title: 'Delete…', danger: true, disabled: frozen, onSelect: () => ask('delete', file) },
          ]}
        />
      )}
    </section>
  )
  const clashes = clash.filter(({ name }) => files.some((file) => file.name === name))
  return (
    <Page
      path={[
        { title: 'HDFS', onOpen: () => go('/') },
        ...ancestors(path).map((each) => ({ title: nameOf(each), onOpen: () => go(each) })),
      ]}
      scroll={false}
    >
      <Pane>
        <Toolbar label="Files">
          <IconButton
            icon={<ArrowUp size={14} />}
            label="Up"
            disabled={path === '/'}
            onClick={() => go(parentOf(path))}
          />
          <Button
            size="s"
            icon={<Upload size={13} />}
            pending={put.pending}
            disabled={frozen}
            onClick={() => picker.current?.click()}
          >
            Add files
          </Button>
          <Button size="s" icon={<FolderPlus size={13} />} disabled={frozen} onClick={() => setAsked('folder')}>
            New folder
          </Button>
          <Button
            size="s"
            icon={<Download size={13} />}
            disabled={chosen?.kind !== 'file'}
            pending={save.pending}
            onClick={() => chosen && void save.run(chosen)}
          >
            Save a copy
          </Button>
          <IconButton
            icon={<Trash2 size={14} />}
            label="Delete"
            disabled={!chosen || frozen}
            onClick={() => setAsked('delete')}
          />
          <ToolbarSpace />
          <span className={styles.quiet}>{plural(files.length, 'entry', 'entries')}</span>
          <input
            ref={picker}
            type="file"
            multiple
            hidden
            onChange={(event) => {
              store([...(event.target.files ?? [])])
              event.target.value = ''
            }}
          />
        </Toolbar>
        {cluster.data.safeMode !== null && <Banner tone="warn">Safe mode: {cluster.data.safeMode}</Banner>}
        {frozen && (
          <Banner>A snapshot: what the folder held at that moment. It can be read and saved, not changed.</Banner>
        )}
        <SplitPane
          direction="column"
          sized="second"
          label="Files and their blocks"
          size={height}
          onSize={setHeight}
          first={table}
          second={
            <div className={styles.scroll}>
              {blocks.data?.cut && (
                <p className={styles.note}>The first {formatNumber(BLOCKS_MAX)} blocks are shown.</p>
              )}
              <NodePicture
                cluster={cluster.data}
                files={blocks.data?.files ?? []}
                actions={nodeActions}
                selected={block}
                onSelect={setBlock}
              />
            </div>
          }
        />
      </Pane>
      <Inspector>
        <FileInspector path={chosenPath ?? path} turn={cluster.data} onEdit={(file) => ask('properties', file)} />
      </Inspector>
      <NamePrompt
        open={asked === 'folder'}
        title="New folder"
        label="Name"
        action="Create"
        onClose={() => setAsked(null)}
        done={(clients, folder) => clients.hdfs.mkdirs({ cluster: name, path: within(path, folder) })}
      />
      <NamePrompt
        open={asked === 'rename' && chosen !== null}
        title={`Rename or move ${chosen?.name}`}
        label="Path"
        help="Another folder moves it there."
        initial={chosen?.path ?? ''}
        action="Rename"
        onClose={() => setAsked(null)}
        done={async (clients, to) => {
          const { done } = await clients.hdfs.rename({ cluster: name, from: chosen!.path, to })
          if (!done) throw new Error(`It cannot be ${to}: that is there already, or the folder it would be in is not.`)
        }}
      />
      {asked === 'properties' && chosenPath && <PropertiesDialog path={chosenPath} onClose={() => setAsked(null)} />}
      <ConfirmDialog
        open={asked === 'delete' && chosen !== null}
        onClose={() => setAsked(null)}
        onConfirm={() => {
          if (chosen) void remove.run(chosen)
          setAsked(null)
          setChosen(null)
        }}
        title={`Delete ${chosen?.name}?`}
        message={
          chosen?.kind === 'directory' && chosen.children > 0
            ? `${chosen.path} goes with all that is in it, from every node. Only a snapshot would keep it.`
            : `${chosen?.path} goes from every node. Only a snapshot would keep it.`
        }
        action={chosen?.kind === 'directory' ? 'Delete folder' : 'Delete file'}
        {...(chosen?.kind === 'directory' && chosen.children > 0 && { name: chosen.name })}
      />
      <ConfirmDialog
        open={clash.length > 0}
        onClose={() => setClash([])}
        onConfirm={() => {
          void put.run(clash, true)
          setClash([])
        }}
        title={clashes.length === 1 ? `Replace ${clashes[0].name}?` : `Replace ${plural(clashes.length, 'file')}?`}
        message={`${clashes.map(({ name }) => name).join(', ')} ${clashes.length === 1 ? 'is' : 'are'} in ${path} already.`}
        action="Replace"
      />
    </Page>
  )
}
