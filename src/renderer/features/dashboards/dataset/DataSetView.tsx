import { Save } from 'lucide-react'
import type { DataSet, Ingestion } from '../../../../engines/bi/contract.ts'
import {
  Inspector,
  notify,
  openView,
  useAction,
  useCall,
  useClients,
  useCommands,
  useDirty,
  useRemembered,
  useView,
  type ViewProps,
} from '../../../lib/index.ts'
import { Button, ErrorView, Loading, Page, Section, SplitPane, Tabs } from '../../../ui/index.ts'
import { createDashboard } from '../files.ts'
import { ingestNow } from '../ingest.ts'
import { NEW } from '../setFiles.ts'
import { useDataSets } from '../useDataSets.ts'
import { Definition } from './Definition.tsx'
import { useDraft } from './draft.ts'
import { Freshness, RefreshButton, SetProperties } from './facts.tsx'
import { Ingestions } from './Ingestions.tsx'
import { Columns, Preview, usePreview } from './Preview.tsx'

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
  const { draft, setDraft, dirty, complete } = useDraft(set)
  const [pane, setPane] = useRemembered<Pane>('dashboards.setPane', 'preview')
  const [height, setHeight] = useRemembered('dashboards.setHeight', 320)
  useDirty(dirty)
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
          <Definition
            draft={draft}
            isNew={set === null}
            columns={preview.columns}
            saveError={save.error}
            previewError={preview.error}
            onChange={setDraft}
          />
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
