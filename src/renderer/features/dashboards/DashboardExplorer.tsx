import { ChartNoAxesCombined, Database, FilePlus2, RefreshCw, Trash2 } from 'lucide-react'
import type { DataSet } from '../../../engines/bi/contract.ts'
import { DocumentList } from '../../lib/DocumentList.tsx'
import {
  formatAgo,
  formatBytes,
  formatCompact,
  openView,
  plural,
  useClients,
  useConfirmed,
  useNow,
  useShown,
} from '../../lib/index.ts'
import {
  Button,
  ConfirmDialog,
  EmptyState,
  ErrorView,
  IconButton,
  Loading,
  type MenuItem,
  Section,
  StateDot,
  shapeOf,
  Tree,
  type TreeNode,
} from '../../ui/index.ts'
import { createDashboard, dashboardFiles } from './files.ts'
import { ingestNow } from './ingest.ts'
import { newDataSet, removeDataSet } from './setFiles.ts'
import { useDataSets } from './useDataSets.ts'

/** The dashboards of the workspace and the data sets they draw from. */
export function DashboardExplorer() {
  return (
    <>
      <Dashboards />
      <DataSets />
    </>
  )
}

function Dashboards() {
  const clients = useClients()
  const create = () => void createDashboard(clients)
  return (
    <DocumentList
      folder="dashboards"
      files={dashboardFiles}
      title="Dashboards"
      icon={ChartNoAxesCombined}
      labelOf={({ title }) => title}
      actions={<IconButton size="s" icon={<FilePlus2 size={14} />} label="New dashboard" onClick={create} />}
      empty={{
        title: 'No dashboards yet',
        text: 'A dashboard draws data sets as charts and tables that follow the data.',
        actions: <Button onClick={create}>New dashboard</Button>,
      }}
    />
  )
}

function DataSets() {
  const clients = useClients()
  const now = useNow()
  const sets = useDataSets()
  const shown = useShown<{ id: string }>('dashboards.dataset')
  const { thing: deleting, ask: askDelete, dialog } = useConfirmed((each: DataSet) => removeDataSet(clients, each))
  const open = (id: string) => openView('dashboards.dataset', { id })
  const openPipeline = async () => {
    const [first] = await clients.workspace.listDocuments({ folder: 'pipelines' })
    if (first) openView('builder.pipeline', { path: first.path })
    else openView('home.start')
  }
  const menu = (id: string): MenuItem[] => {
    const set = sets.byId.get(id)
    return [
      { title: 'Open', icon: <Database size={14} />, onSelect: () => open(id) },
      {
        title: 'Refresh now',
        icon: <RefreshCw size={14} />,
        disabled: set?.mode !== 'SPICE',
        onSelect: () => set && void ingestNow(clients, set),
      },
      {
        title: 'New dashboard from it',
        icon: <ChartNoAxesCombined size={14} />,
        onSelect: () => void createDashboard(clients, id),
      },
      'separator',
      { title: 'Delete…', icon: <Trash2 size={14} />, danger: true, onSelect: () => askDelete(set ?? null) },
    ]
  }
  return (
    <Section
      title="Data sets"
      badge={sets.list?.length}
      flush
      actions={
        <IconButton
          size="s"
          icon={<FilePlus2 size={14} />}
          label="New data set"
          onClick={() => void newDataSet(clients)}
        />
      }
    >
      {sets.error && !sets.list ? (
        <ErrorView compact title="Data sets cannot be listed" error={sets.error} />
      ) : !sets.list ? (
        <Loading />
      ) : sets.list.length === 0 ? (
        <EmptyState
          icon={<Database size={18} />}
          title="No data sets"
          actions={
            <>
              <Button onClick={() => void openPipeline()}>Run the sample pipeline</Button>
              <Button onClick={() => void newDataSet(clients)}>New data set</Button>
            </>
          }
        >
          A data set holds a query's rows in SPICE, ready to be drawn. The sample pipeline makes two.
        </EmptyState>
      ) : (
        <Tree
          label="Data sets"
          selected={shown?.id ?? null}
          fitContent
          openOnClick
          nodes={sets.list.map((set) => nodeOf(set, now))}
          onOpen={open}
          onDelete={(id) => askDelete(sets.byId.get(id) ?? null)}
          menu={menu}
        />
      )}
      <ConfirmDialog
        {...dialog}
        title={`Delete ${deleting?.name}?`}
        message="Dashboards that draw from it will say that it is missing. Its definition can be brought back; its rows are taken anew then."
        action="Delete data set"
      />
    </Section>
  )
}

function nodeOf(set: DataSet, now: number): TreeNode {
  const age = set.refreshedMs === null ? 'never refreshed' : formatAgo(set.refreshedMs, Math.max(now, set.refreshedMs))
  const ingestion = set.lastIngestion?.status
  const busy = ingestion === 'RUNNING' || ingestion === 'QUEUED'
  const facts = [
    set.mode === 'SPICE' ? 'SPICE' : 'direct query',
    set.rowCount === null ? null : plural(set.rowCount, 'row'),
    set.spiceBytes === null ? null : formatBytes(set.spiceBytes),
    age,
  ]
  return {
    id: set.id,
    label: set.name,
    icon: <Database size={14} aria-hidden />,
    detail: set.rowCount === null ? age : formatCompact(set.rowCount),
    tooltip: facts.filter(Boolean).join(' · '),
    ...((busy || ingestion === 'FAILED') && {
      end: <StateDot state={shapeOf(ingestion)} text={busy ? 'refreshing' : 'the last refresh failed'} hideText />,
    }),
  }
}
