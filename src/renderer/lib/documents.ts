import type { Clients } from '../../engines/contract.ts'
import type { DocumentEntry } from '../../engines/workspace/contract.ts'
import type { Folder } from './document-names.ts'
import { useFeed } from './useFeed.ts'
import { openView, useFront } from './view.tsx'

/** The view that shows a document of a folder, by type. */
export const VIEWS: Partial<Record<Folder, string>> = {
  pipelines: 'builder.pipeline',
  queries: 'sql.editor',
  dashboards: 'dashboards.dashboard',
}

export function folderOf(path: string): Folder {
  return path.slice(0, path.indexOf('/')) as Folder
}

/** Opens a document of the workspace in the tab for its kind. */
export function openDocument(path: string): void {
  const view = VIEWS[folderOf(path)]
  if (view) openView(view, { path })
}

/** The document in the focused tab. */
export function useShownDocument(): string | null {
  return useFront((front) => (front.type !== null && 'path' in front.params ? String(front.params.path) : null))
}

/** Documents of some folders, newest first, listed again whenever one of them changes. */
export function useDocuments(folders: readonly Folder[]) {
  return useFeed((clients, signal) => listings(clients, folders, signal), [folders.join(' ')])
}

async function* listings(
  clients: Clients,
  folders: readonly Folder[],
  signal: AbortSignal,
): AsyncGenerator<DocumentEntry[]> {
  const list = async () => {
    const found = await Promise.all(folders.map((folder) => clients.workspace.listDocuments({ folder }, { signal })))
    return found.flat().sort((a, b) => b.modifiedMs - a.modifiedMs)
  }
  const changes = clients.workspace.watchDocuments({}, { signal })
  yield await list()
  for await (const change of changes) if (folders.includes(folderOf(change.path))) yield await list()
}
