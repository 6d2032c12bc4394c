import { CopyPlus, type LucideIcon, Pencil, Trash2, TriangleAlert } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { DocumentEntry } from '../../engines/workspace/contract.ts'
import { type MenuItem, NameDialog, type TreeNode, TreeSection } from '../ui/index.ts'
import { useClients } from './clients.tsx'
import type { documentFiles } from './document-files.ts'
import { ENDINGS, type Folder, fileName, NOUNS } from './document-names.ts'
import { openDocument, useDocuments, VIEWS } from './documents.ts'
import { useShown } from './view.tsx'

interface DocumentListProps {
  folder: Folder
  files: ReturnType<typeof documentFiles>
  title: string
  icon: LucideIcon
  labelOf?: (entry: DocumentEntry) => string
  /** What else the explorer shows of one that is sound. */
  extraOf?: (entry: DocumentEntry) => Partial<TreeNode>
  actions: ReactNode
  empty: { title: string; text: string; actions: ReactNode }
}

/** Documents of a folder as a section of an explorer: opened, renamed, duplicated, deleted. Damaged files stand among them with a mark. */
export function DocumentList(props: DocumentListProps) {
  const { folder, files, title, icon: Icon, labelOf, extraOf, empty } = props
  const clients = useClients()
  const list = useDocuments([folder])
  const shown = useShown<{ path: string }>(VIEWS[folder] ?? '')
  const [renaming, setRenaming] = useState<string | null>(null)
  const entries = [...(list.data ?? [])].sort((a, b) => a.path.localeCompare(b.path))
  const remove = (path: string) => void files.remove(clients, path)
  const menu = (path: string): MenuItem[] => [
    { title: 'Open', icon: <Icon size={14} />, onSelect: () => openDocument(path) },
    'separator',
    { title: 'Rename…', icon: <Pencil size={14} />, shortcut: 'F2', onSelect: () => setRenaming(path) },
    { title: 'Duplicate', icon: <CopyPlus size={14} />, onSelect: () => void files.duplicate(clients, path) },
    'separator',
    {
      title: 'Delete',
      icon: <Trash2 size={14} />,
      shortcut: 'Delete',
      danger: true,
      onSelect: () => remove(path),
    },
  ]
  const nodes = entries.map((entry): TreeNode => {
    const label = labelOf?.(entry) || fileName(entry.path)
    if (entry.problem)
      return {
        id: entry.path,
        label,
        icon: <TriangleAlert size={14} color="var(--red)" aria-hidden />,
        tooltip: `${entry.path}: ${entry.problem}`,
        detail: 'damaged',
      }
    return { id: entry.path, label, icon: <Icon size={14} aria-hidden />, tooltip: entry.path, ...extraOf?.(entry) }
  })
  return (
    <>
      <TreeSection
        title={title}
        nodes={list.data && nodes}
        error={list.error}
        selected={shown?.path ?? null}
        actions={props.actions}
        empty={empty}
        onOpen={openDocument}
        onRename={setRenaming}
        onDelete={remove}
        menu={menu}
      />
      <NameDialog
        open={renaming !== null}
        title={`Rename ${NOUNS[folder]}`}
        label="File name"
        help={`It is kept in ${folder}/ of the workspace.`}
        unit={ENDINGS[folder]}
        initial={renaming === null ? '' : fileName(renaming)}
        action="Rename"
        onClose={() => setRenaming(null)}
        onDone={(name) => {
          if (renaming) void files.rename(clients, renaming, name)
          setRenaming(null)
        }}
      />
    </>
  )
}
