import type { Clients } from '../../../engines/contract.ts'
import { notify, notifyError, openView } from '../../lib/index.ts'
import { dashboardText, emptyDashboard, fileName, freePath, nameOf } from './model/text.ts'

const listPaths = async (clients: Clients) =>
  (await clients.workspace.listDocuments({ folder: 'dashboards' })).map((entry) => entry.path)

/** Writes a new dashboard file and opens it; it may draw from every data set there is. */
export async function createDashboard(clients: Clients, dataSet?: string): Promise<void> {
  try {
    const path = freePath(dataSet ?? 'Untitled', await listPaths(clients))
    const sets = dataSet ? [dataSet] : (await clients.bi.listDataSets({})).map(({ id }) => id)
    await clients.workspace.writeDocument({ path, text: dashboardText(emptyDashboard(nameOf(path), sets)) })
    openView('dashboards.dashboard', { path })
  } catch (thrown) {
    notifyError('The dashboard was not created', thrown)
  }
}

export async function renameDashboard(clients: Clients, path: string, name: string): Promise<void> {
  try {
    const others = (await listPaths(clients)).filter((other) => other !== path)
    const to = freePath(name, others)
    if (to !== path) await clients.workspace.renameDocument({ path, to })
  } catch (thrown) {
    notifyError('The dashboard was not renamed', thrown)
  }
}

export async function duplicateDashboard(clients: Clients, path: string): Promise<void> {
  try {
    const { text } = await clients.workspace.readDocument({ path })
    await writeCopy(clients, path, text)
  } catch (thrown) {
    notifyError('The dashboard was not duplicated', thrown)
  }
}

/** Writes a text under a new name beside `path` and opens it. */
export async function writeCopy(clients: Clients, path: string, text: string): Promise<void> {
  const to = freePath(`${fileName(path)} copy`, await listPaths(clients))
  await clients.workspace.writeDocument({ path: to, text: renamed(text, nameOf(to)) })
  openView('dashboards.dashboard', { path: to })
}

/** A damaged file is copied as it is. */
function renamed(text: string, name: string): string {
  try {
    return `${JSON.stringify({ ...(JSON.parse(text) as object), name }, null, 2)}\n`
  } catch {
    return text
  }
}

export async function deleteDashboard(clients: Clients, path: string): Promise<void> {
  try {
    const { trashId } = await clients.workspace.deleteDocument({ path })
    const restore = async () => {
      try {
        await clients.workspace.restoreDocument({ trashId })
      } catch (thrown) {
        notifyError('The dashboard was not brought back', thrown)
      }
    }
    notify({
      tone: 'info',
      title: `Deleted ${fileName(path)}`,
      message: 'It is in the trash of the workspace.',
      actions: [{ title: 'Undo', run: () => void restore() }],
    })
  } catch (thrown) {
    notifyError('The dashboard was not deleted', thrown)
  }
}
