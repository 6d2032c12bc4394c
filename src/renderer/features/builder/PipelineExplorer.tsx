import { CopyPlus, FilePlus2, Pencil, Sparkles, Trash2, TriangleAlert, Workflow } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { DocumentEntry } from '../../../engines/workspace/contract.ts'
import { fileName } from '../../lib/document-names.ts'
import { openView, useCall, useClients, useFeed, useShown } from '../../lib/index.ts'
import {
  Button,
  EmptyState,
  ErrorView,
  IconButton,
  Loading,
  type MenuItem,
  NameDialog,
  Section,
  StateDot,
  shapeOf,
  Tree,
  type TreeNode,
} from '../../ui/index.ts'
import { createPipeline, pipelineFiles } from './files.ts'
import { isActive } from './model/run-view.ts'

/** The pipelines of the workspace. Damaged files stand among them with a mark and open as text. */
export function PipelineExplorer() {
  const clients = useClients()
  const [renaming, setRenaming] = useState<string | null>(null)
  const list = useCall((c, signal) => c.workspace.listDocuments({ folder: 'pipelines' }, { signal }), [])
  const changes = useFeed((c, signal) => c.workspace.watchDocuments({}, { signal }), [], {
    initial: 0,
    fold: (count, { path }) => (path.startsWith('pipelines/') ? count + 1 : count),
  })
  const shown = useShown<{ path: string }>('builder.pipeline')
  const runs = useFeed((c, signal) => c.pipeline.watchRuns({}, { signal }), [])
  const { reload } = list
  useEffect(() => {
    if (changes.data > 0) reload()
  }, [changes.data, reload])

  const stateOf = (path: string) => runs.data?.find((run) => run.pipeline === path)
  const open = (path: string) => openView('builder.pipeline', { path })
  const menu = (path: string): MenuItem[] => [
    { title: 'Open', icon: <Workflow size={14} />, onSelect: () => open(path) },
    'separator',
    { title: 'Rename…', icon: <Pencil size={14} />, shortcut: 'F2', onSelect: () => setRenaming(path) },
    { title: 'Duplicate', icon: <CopyPlus size={14} />, onSelect: () => void pipelineFiles.duplicate(clients, path) },
    'separator',
    {
      title: 'Delete',
      icon: <Trash2 size={14} />,
      shortcut: 'Delete',
      danger: true,
      onSelect: () => void pipelineFiles.remove(clients, path),
    },
  ]
  const nodes = (list.data ?? []).map((entry): TreeNode => {
    const run = stateOf(entry.path)
    return {
      id: entry.path,
      label: fileName(entry.path),
      icon: entry.problem ? (
        <TriangleAlert size={14} color="var(--red)" aria-hidden />
      ) : (
        <Workflow size={14} aria-hidden />
      ),
      tooltip: tooltipOf(entry),
      ...(entry.problem
        ? { detail: 'damaged' }
        : isActive(run) && run && { end: <StateDot state={shapeOf(run.state)} text={run.state} hideText /> }),
    }
  })
  return (
    <Section
      title="Pipelines"
      badge={list.data?.length}
      flush
      actions={
        <>
          <IconButton
            size="s"
            icon={<FilePlus2 size={14} />}
            label="New pipeline"
            onClick={() => void createPipeline(clients, 'empty')}
          />
          <IconButton
            size="s"
            icon={<Sparkles size={14} />}
            label="New pipeline from sample"
            onClick={() => void createPipeline(clients, 'sample')}
          />
        </>
      }
    >
      {list.error && <ErrorView compact title="Pipelines cannot be listed" error={list.error} />}
      {!list.data && list.loading && <Loading />}
      {list.data?.length === 0 && (
        <EmptyState
          title="No pipelines yet"
          actions={
            <>
              <Button onClick={() => void createPipeline(clients, 'empty')}>New pipeline</Button>
              <Button onClick={() => void createPipeline(clients, 'sample')}>From sample</Button>
            </>
          }
        >
          A pipeline moves data from a source through streams and tables to a dashboard.
        </EmptyState>
      )}
      {nodes.length > 0 && (
        <Tree
          label="Pipelines"
          nodes={nodes}
          selected={shown?.path ?? null}
          fitContent
          openOnClick
          onOpen={open}
          onRename={setRenaming}
          onDelete={(path) => void pipelineFiles.remove(clients, path)}
          menu={menu}
        />
      )}
      <NameDialog
        open={renaming !== null}
        title="Rename pipeline"
        label="File name"
        unit=".json"
        initial={renaming === null ? '' : fileName(renaming)}
        action="Rename"
        onClose={() => setRenaming(null)}
        onDone={(name) => {
          if (renaming) void pipelineFiles.rename(clients, renaming, name)
          setRenaming(null)
        }}
      />
    </Section>
  )
}

function tooltipOf(entry: DocumentEntry): string {
  return entry.problem ? `${entry.path}: ${entry.problem}` : entry.path
}
