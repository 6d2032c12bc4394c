import type { Clients } from '../../../engines/contract.ts'
import { notify, notifyError, openView } from '../../lib/index.ts'
import { fileName, freePath } from './model/names.ts'

const listPaths = async (clients: Clients) =>
  (await clients.workspace.listDocuments({ folder: 'queries' })).map((entry) => entry.path)

let drafts = 0

/** A new tab without a file. */
export function newQuery(from: { sql?: string; engine?: string; database?: string } = {}): void {
  openView('sql.editor', { path: '', ...from, draft: `${Date.now().toString(36)}${++drafts}` })
}

/** Writes a text to a new file, under a name like the one wanted that is free. */
export async function writeQuery(clients: Clients, name: string, text: string): Promise<string> {
  const path = freePath(name, await listPaths(clients))
  await clients.workspace.writeDocument({ path, text })
  return path
}

export async function renameQuery(clients: Clients, path: string, name: string): Promise<void> {
  try {
    const to = freePath(
      name,
      (await listPaths(clients)).filter((other) => other !== path),
    )
    if (to !== path) await clients.workspace.renameDocument({ path, to })
  } catch (thrown) {
    notifyError('The query was not renamed', thrown)
  }
}

export async function duplicateQuery(clients: Clients, path: string): Promise<void> {
  try {
    const { text } = await clients.workspace.readDocument({ path })
    openView('sql.editor', { path: await writeQuery(clients, `${fileName(path)} copy`, text) })
  } catch (thrown) {
    notifyError('The query was not duplicated', thrown)
  }
}

export async function deleteQuery(clients: Clients, path: string): Promise<void> {
  try {
    const { trashId } = await clients.workspace.deleteDocument({ path })
    const restore = async () => {
      try {
        await clients.workspace.restoreDocument({ trashId })
      } catch (thrown) {
        notifyError('The query was not brought back', thrown)
      }
    }
    notify({
      tone: 'info',
      title: `Deleted ${fileName(path)}`,
      message: 'It is in the trash of the workspace.',
      actions: [{ title: 'Undo', run: () => void restore() }],
    })
  } catch (thrown) {
    notifyError('The query was not deleted', thrown)
  }
}
