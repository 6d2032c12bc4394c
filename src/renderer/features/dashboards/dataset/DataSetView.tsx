import { RefreshCw, Save } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import type { DataSet, DataSource, Ingestion, PrepareStep } from '../../../../engines/bi/contract.ts'
import {
  formatAgo,
  formatBytes,
  Inspector,
  notify,
  notifyError,
  openView,
  plural,
  tableColumns,
  useAction,
  useCall,
  useClients,
  useCommands,
  useDirty,
  useNow,
  useRemembered,
  useView,
  type ViewProps,
} from '../../../lib/index.ts'
import {
  Button,
  CopyButton,
  DataTable,
  ErrorView,
  Field,
  Input,
  Loading,
  Page,
  PropertyList,
  Section,
  Select,
  SplitPane,
  StateDot,
  shapeOf,
  Tabs,
} from '../../../ui/index.ts'
import { createDashboard } from '../files.ts'
import { ingestNow } from '../ingest.ts'
import { NEW } from '../setFiles.ts'
import { useDataSets } from '../useDataSets.ts'
import styles from './dataset.module.css'
import { Ingestions } from './Ingestions.tsx'
import { SourceForm } from './SourceForm.tsx'
import { Steps } from './Steps.tsx'

export type Draft = Pick<DataSet, 'id' | 'name' | 'mode' | 'source' | 'steps'>

const EMPTY: Draft = {
  id: '',
  name: '',
  mode: 'SPICE',
  source: { type: 'warehouse', sql: '' },
  steps: [],
}

const draftOf = ({ id, name, mode, source, steps }: DataSet): Draft => ({ id, name, mode, source, steps })

/** One data set: where its rows come from, how they are prepared, what they look like and how they got here. */
export function DataSetView({ params: { id } }: ViewProps<{ id: string }>) {
  const sets = useDataSets()
  const isNew = id === NEW
  const set = sets.byId.get(id)
  if (sets.error && !sets.list) return <ErrorView error={sets.error} title={`The data set ${id} cannot be shown`} />
  if (!sets.list) return <Loading />
  if (!set && !isNew)
    return (
      <ErrorView
        title={`There is no data set ${id}`}
        error={{ message: 'It was deleted, or the pipeline that makes it has not run in this workspace.' }}
      />
    )
  return <Opened key={id} set={set ?? null} turn={sets.versions[id]?.turn ?? 0} />
}

type Pane = 'preview' | 'ingestions' | 'columns'

function Opened({ set, turn }: { set: DataSet | null; turn: number }) {
  const clients = useClients()
  const view = useView()
  const [draft, setDraft] = useState<Draft>(() => (set ? draftOf(set) : EMPTY))
  const [pane, setPane] = useRemembered<Pane>('dashboards.setPane', 'preview')
  const [height, setHeight] = useRemembered('dashboards.setHeight', 320)
  const savedText = set ? JSON.stringify(draftOf(set)) : ''
  const dirty = JSON.stringify(draft) !== (savedText || JSON.stringify(EMPTY))
  useDirty(dirty)
  // A definition changed elsewhere is taken unless something is being written here.
  const [lastSaved, setLastSaved] = useState(savedText)
  useEffect(() => {
    if (savedText === lastSaved) return
    if (set && JSON.stringify(draft) === lastSaved) setDraft(draftOf(set))
    setLastSaved(savedText)
  }, [savedText, lastSaved, set, draft])
  const complete = draft.id !== '' && draft.name !== '' && sourceText(draft.source) !== ''
  const save = useAction((c, signal) => c.bi.putDataSet(draft, { signal }), {
    onDone: (saved) => {
      notify({ tone: 'good', title: `Saved ${saved.name}` })
      if (saved.mode === 'SPICE') void ingestNow(clients, saved)
      if (!set) {
        openView('dashboards.dataset', { id: saved.id })
        view.close()
      }
    },
  })
  const run = () => void save.run()
  useCommands(
    () => [
      {
        id: 'dashboards.saveDataSet',
        title: 'Save data set',
        group: 'Data set',
        shortcut: 'Mod+S',
        overEditors: true,
        run,
        when: () => dirty && complete,
      },
      {
        id: 'dashboards.refreshDataSet',
        title: 'Refresh data set',
        group: 'Data set',
        shortcut: 'F5',
        run: () => set && void ingestNow(clients, set),
        when: () => set?.mode === 'SPICE',
      },
    ],
    [run, dirty, complete, set],
  )
  const preview = usePreview(draft, complete)
  const ingestions = useCall(
    (c, signal) => (set ? c.bi.listIngestions({ id: set.id }, { signal }) : null),
    [set?.id, turn, set?.lastIngestion?.ingestionId, set?.lastIngestion?.status],
  )
  const field = (name: string) =>
    save.error?.at?.field?.startsWith(name)
      ? save.error.message
      : preview.error?.at?.field?.startsWith(name)
        ? preview.error.message
        : undefined
  return (
    <Page
      path={[{ title: 'Data sets' }, { title: set?.name ?? 'New data set' }]}
      scroll={false}
      actions={
        <>
          {set && <Freshness set={set} />}
          {set && (
            <Button size="s" onClick={() => void createDashboard(clients, set.id)}>
              New dashboard
            </Button>
          )}
          {set?.mode === 'SPICE' && <RefreshButton set={set} />}
          <Button
            size="s"
            variant={dirty ? 'primary' : 'default'}
            icon={<Save size={13} />}
            disabled={!dirty || !complete}
            pending={save.pending}
            onClick={run}
          >
            Save
          </Button>
        </>
      }
    >
      <SplitPane
        direction="column"
        sized="second"
        label="Definition and rows"
        size={height}
        onSize={setHeight}
        min={140}
        first={
          <div className={styles.definition}>
            {save.error && <ErrorView compact title="The data set was not saved" error={save.error} />}
            <div className={styles.facts}>
              <Field label="Name" error={field('name')}>
                {({ invalid, ...ids }) => (
                  <Input
                    {...ids}
                    invalid={invalid}
                    value={draft.name}
                    placeholder="Sales by day"
                    onChange={(name) => setDraft((d) => ({ ...d, name, ...(!set && { id: idOf(name) }) }))}
                  />
                )}
              </Field>
              <Field label="Id" error={field('id')} help={set ? 'Visuals name it by this' : undefined}>
                {({ invalid, ...ids }) => (
                  <Input
                    {...ids}
                    mono
                    invalid={invalid}
                    disabled={set !== null}
                    value={draft.id}
                    onChange={(next) => setDraft((d) => ({ ...d, id: next }))}
                  />
                )}
              </Field>
              <Field label="Kept" error={field('mode')}>
                {({ invalid: _, ...ids }) => (
                  <Select
                    {...ids}
                    value={draft.mode}
                    options={[
                      { value: 'SPICE', label: 'In SPICE', detail: 'fast, as old as its refresh' },
                      { value: 'DIRECT_QUERY', label: 'At its source', detail: 'asked each time' },
                    ]}
                    onChange={(mode: Draft['mode']) => setDraft((d) => ({ ...d, mode }))}
                  />
                )}
              </Field>
            </div>
            <Section title="Source">
              <SourceForm
                source={draft.source}
                error={field('source')}
                place={(save.error ?? preview.error)?.at}
                onChange={(source) => setDraft((d) => ({ ...d, source }))}
              />
            </Section>
            <Section title="Preparation" badge={draft.steps.length || undefined}>
              <Steps
                steps={draft.steps}
                columns={preview.columns}
                dataSet={draft.id}
                error={
                  stepError(save.error?.at?.path, save.error?.message) ??
                  stepError(preview.error?.at?.path, preview.error?.message)
                }
                onChange={(steps: PrepareStep[]) => setDraft((d) => ({ ...d, steps }))}
              />
            </Section>
          </div>
        }
        second={
          <Tabs
            label="Rows and history"
            size="s"
            value={pane}
            onChange={setPane}
            tabs={[
              { id: 'preview', title: 'Preview' },
              { id: 'columns', title: 'Columns', badge: preview.columns.length || undefined },
              { id: 'ingestions', title: 'Refreshes', badge: ingestions.data?.length },
            ]}
          >
            {pane === 'preview' && <Preview preview={preview} complete={complete} />}
            {pane === 'columns' && <Columns columns={preview.columns} />}
            {pane === 'ingestions' && <Ingestions list={ingestions.data ?? NONE} error={ingestions.error} />}
          </Tabs>
        }
      />
      {set && (
        <Inspector>
          <Section title="Data set">
            <SetProperties set={set} />
          </Section>
        </Inspector>
      )}
    </Page>
  )
}

const NONE: Ingestion[] = []

export const sourceText = (source: DataSource) => (source.type === 'file' ? source.uri : source.sql).trim()

const idOf = (name: string) =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 64)

function stepError(
  path: string | undefined,
  message: string | undefined,
): { index: number; message: string } | undefined {
  const index = /^steps[.[](\d+)/.exec(path ?? '')?.[1]
  return index !== undefined && message ? { index: Number(index), message } : undefined
}

function usePreview(draft: Draft, complete: boolean) {
  const [asked, setAsked] = useState(draft)
  useEffect(() => {
    const timer = setTimeout(() => setAsked(draft), 600)
    return () => clearTimeout(timer)
  }, [draft])
  const call = useCall(
    (clients, signal) => (complete ? clients.bi.previewDataSet({ ...asked, rows: 200 }, { signal }) : null),
    [JSON.stringify(asked), complete],
  )
  const columns = useMemo(() => call.data?.columns ?? [], [call.data])
  return { ...call, columns }
}

function Preview({ preview, complete }: { preview: ReturnType<typeof usePreview>; complete: boolean }) {
  const columns = useMemo(() => tableColumns(preview.columns), [preview.columns])
  const rows = useMemo(() => {
    const values = preview.data?.values ?? []
    return Array.from({ length: values[0]?.length ?? 0 }, (_, row) => values.map((column) => column[row]))
  }, [preview.data])
  if (preview.error)
    return (
      <ErrorView
        compact
        title="The rows cannot be shown"
        error={preview.error}
        actions={
          <Button size="s" onClick={preview.reload}>
            Try again
          </Button>
        }
      />
    )
  if (!complete) return <p className={styles.hint}>Give it a name and a source, and its first rows are shown here.</p>
  if (!preview.data) return <Loading label="Asking the source…" />
  return (
    <DataTable
      label="Preview"
      columns={columns}
      rows={rows}
      rowKey={(_, index) => `${index}`}
      tools={<span className={styles.note}>first {plural(rows.length, 'row')} after preparation</span>}
    />
  )
}

function Columns({ columns }: { columns: DataSet['columns'] }) {
  return <DataTable label="Columns" rows={columns} rowKey={({ name }) => name} columns={COLUMN_COLUMNS} />
}

const COLUMN_COLUMNS = [
  { id: 'name', title: 'Column', value: (column: DataSet['columns'][number]) => column.name, mono: true, width: 220 },
  { id: 'type', title: 'Type', value: (column: DataSet['columns'][number]) => column.type, width: 120 },
  {
    id: 'declared',
    title: 'At the source',
    value: (column: DataSet['columns'][number]) => column.declared,
    mono: true,
    width: 180,
  },
]

function RefreshButton({ set }: { set: DataSet }) {
  const clients = useClients()
  const busy = set.lastIngestion?.status === 'RUNNING' || set.lastIngestion?.status === 'QUEUED'
  if (busy)
    return (
      <Button
        size="s"
        onClick={() =>
          void clients.bi
            .cancelIngestion({ id: set.id })
            .catch((thrown: unknown) => notifyError('The refresh was not cancelled', thrown))
        }
      >
        Cancel refresh
      </Button>
    )
  return (
    <Button size="s" icon={<RefreshCw size={13} />} onClick={() => void ingestNow(clients, set)}>
      Refresh now
    </Button>
  )
}

function Freshness({ set }: { set: DataSet }) {
  const now = useNow()
  if (set.mode === 'DIRECT_QUERY') return <span className={styles.note}>asked at its source</span>
  const status = set.lastIngestion?.status
  return (
    <span className={styles.note}>
      {status && status !== 'COMPLETED' && <StateDot state={shapeOf(status)} text={status.toLowerCase()} />}
      {set.rowCount !== null && `${plural(set.rowCount, 'row')} · `}
      {set.refreshedMs === null
        ? 'never refreshed'
        : `as of ${formatAgo(set.refreshedMs, Math.max(now, set.refreshedMs))}`}
    </span>
  )
}

function SetProperties({ set }: { set: DataSet }) {
  const region = useCall((clients, signal) => clients.workspace.credentials({}, { signal }), [])
  const arn = region.data ? `arn:aws:quicksight:${region.data.region}:000000000000:dataset/${set.id}` : null
  return (
    <>
      <PropertyList
        items={[
          ['Rows', set.rowCount === null ? '–' : plural(set.rowCount, 'row')],
          ['In SPICE', set.spiceBytes === null ? '–' : formatBytes(set.spiceBytes)],
          ['Columns', plural(set.columns.length, 'column')],
          ['ARN', arn ?? '…'],
        ]}
      />
      {arn && <CopyButton text={arn} label="Copy ARN" />}
    </>
  )
}
