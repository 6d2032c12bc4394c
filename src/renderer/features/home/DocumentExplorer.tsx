import { ChartNoAxesCombined, FileCode, Folder as FolderIcon, TriangleAlert, Workflow } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { DocumentEntry } from '../../../engines/workspace/contract.ts'
import {
  type Folder,
  folderOf,
  notify,
  notifyError,
  openDocument,
  useAction,
  useClients,
  useDocuments,
  useShownDocument,
} from '../../lib/index.ts'
import { EmptyState, ErrorView, Loading, NameDialog, Tree, type TreeNode } from '../../ui/index.ts'

const FOLDERS = ['pipelines', 'queries', 'dashboards'] as const
const TITLES: Record<Folder, string> = {
  pipelines: 'Pipelines',
  queries: 'Queries',
  dashboards: 'Dashboards',
  jobs: 'Jobs',
}
const ICONS = { pipelines: Workflow, queries: FileCode, dashboards: ChartNoAxesCombined, jobs: FileCode }

/** The workspace's documents by kind: open, rename, delete and undo it. */
export function DocumentExplorer() {
  const clients = useClients()
  const documents = useDocuments(FOLDERS)
  const shown = useShownDocument()
  const [renaming, setRenaming] = useState<string | null>(null)
  const nodes = useMemo(() => treeOf(documents.data ?? []), [documents.data])
  const remove = async (path: string) => {
    try {
      const { trashId } = await clients.workspace.deleteDocument({ path })
      const restore = () =>
        clients.workspace
          .restoreDocument({ trashId })
          .catch((error: unknown) => notifyError(`${path} was not restored`, error))
      notify({
        tone: 'info',
        title: 'Moved to the trash',
        message: path,
        actions: [{ title: 'Undo', run: () => void restore() }],
      })
    } catch (error) {
      notifyError(`${path} was not deleted`, error)
    }
  }
  if (documents.error && !documents.data)
    return <ErrorView error={documents.error} title="Documents cannot be listed" />
  if (!documents.data) return <Loading />
  if (documents.data.length === 0)
    return (
      <EmptyState title="This workspace has no documents yet">
        Pipelines, queries and dashboards are kept here as files.
      </EmptyState>
    )
  return (
    <>
      <Tree
        label="Documents"
        nodes={nodes}
        selected={shown}
        defaultExpanded={FOLDERS}
        openOnClick
        onOpen={(id, node) => !node.children && openDocument(id)}
        onDelete={(id, node) => !node.children && void remove(id)}
        onRename={(id, node) => !node.children && setRenaming(id)}
        menu={(id, node) =>
          node.children
            ? []
            : [
                { title: 'Open', shortcut: 'Enter', onSelect: () => openDocument(id) },
                { title: 'Rename…', shortcut: 'F2', onSelect: () => setRenaming(id) },
                { title: 'Copy path', onSelect: () => void navigator.clipboard.writeText(id) },
                {
                  title: 'Show in folder',
                  onSelect: () =>
                    void clients.system
                      .reveal({ path: id })
                      .catch((error: unknown) => notifyError('The folder was not opened', error)),
                },
                'separator',
                { title: 'Delete', shortcut: 'Delete', danger: true, onSelect: () => void remove(id) },
              ]
        }
      />
      {renaming !== null && <RenameDialog path={renaming} onClose={() => setRenaming(null)} />}
    </>
  )
}

function RenameDialog({ path, onClose }: { path: string; onClose: () => void }) {
  const folder = folderOf(path)
  const [, base, extension] = /^(.*?)(\.[^./]+)?$/.exec(path.slice(folder.length + 1)) ?? []
  const rename = useAction(
    (clients, signal, name: string) =>
      clients.workspace.renameDocument({ path, to: `${folder}/${name}${extension ?? ''}` }, { signal }),
    { onDone: onClose },
  )
  return (
    <NameDialog
      open
      title="Rename document"
      label="File name"
      {...(extension !== undefined && { unit: extension })}
      initial={base ?? ''}
      action="Rename"
      error={rename.error?.message}
      pending={rename.pending}
      onClose={onClose}
      onDone={(name) => (name === base ? onClose() : void rename.run(name))}
    />
  )
}

function treeOf(documents: readonly DocumentEntry[]): TreeNode[] {
  return FOLDERS.map((folder) => {
    const Icon = ICONS[folder]
    const children = documents
      .filter((entry) => folderOf(entry.path) === folder)
      .sort((a, b) => a.title.localeCompare(b.title))
      .map((entry) => ({
        id: entry.path,
        label: entry.title,
        icon: <Icon size={14} />,
        tooltip: entry.problem ? `${entry.path}\n${entry.problem}` : entry.path,
        ...(entry.problem && { end: <TriangleAlert size={13} color="var(--amber)" aria-label={entry.problem} /> }),
      }))
    return { id: folder, label: TITLES[folder], icon: <FolderIcon size={14} />, detail: children.length, children }
  })
}
