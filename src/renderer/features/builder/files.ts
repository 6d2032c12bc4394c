import type { Clients } from '../../../engines/contract.ts'
import { notify, notifyError, openView } from '../../lib/index.ts'
import { sampleDocument } from './model/sample.ts'
import { slug } from './model/suggest.ts'
import { documentText, emptyDocument, fileName, freePath } from './model/text.ts'

const listPaths = async (clients: Clients) =>
  (await clients.workspace.listDocuments({ folder: 'pipelines' })).map((entry) => entry.path)

/** Writes a new pipeline file and opens it. */
export async function createPipeline(clients: Clients, from: 'empty' | 'sample'): Promise<void> {
  try {
    const wanted = from === 'sample' ? 'Web traffic' : 'Untitled'
    const path = freePath(wanted, await listPaths(clients))
    const name = nameOf(path)
    const document = from === 'sample' ? sampleDocument(name, slug(name)) : emptyDocument(name)
    await clients.workspace.writeDocument({ path, text: documentText(document) })
    openView('builder.pipeline', { path })
  } catch (thrown) {
    notifyError('The pipeline was not created', thrown)
  }
}

/** "pipelines/web-traffic-2.json" → "Web traffic 2". */
export function nameOf(path: string): string {
  const words = fileName(path).replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export async function renamePipeline(clients: Clients, path: string, name: string): Promise<void> {
  try {
    const others = (await listPaths(clients)).filter((other) => other !== path)
    const to = freePath(name, others)
    if (to !== path) await clients.workspace.renameDocument({ path, to })
  } catch (thrown) {
    notifyError('The pipeline was not renamed', thrown)
  }
}

export async function duplicatePipeline(clients: Clients, path: string): Promise<void> {
  try {
    const { text } = await clients.workspace.readDocument({ path })
    const to = freePath(`${fileName(path)} copy`, await listPaths(clients))
    await clients.workspace.writeDocument({ path: to, text: renamed(text, nameOf(to)) })
    openView('builder.pipeline', { path: to })
  } catch (thrown) {
    notifyError('The pipeline was not duplicated', thrown)
  }
}

/** A damaged file is copied as it is. */
function renamed(text: string, name: string): string {
  try {
    return `${JSON.stringify({ ...(JSON.parse(text) as object), name }, null, 2)}\n`
  } catch {
    return text
  }
}

export async function deletePipeline(clients: Clients, path: string): Promise<void> {
  try {
    const { trashId } = await clients.workspace.deleteDocument({ path })
    const restore = async () => {
      try {
        await clients.workspace.restoreDocument({ trashId })
      } catch (thrown) {
        notifyError('The pipeline was not brought back', thrown)
      }
    }
    notify({
      tone: 'info',
      title: `Deleted ${fileName(path)}`,
      message: 'It is in the trash of the workspace.',
      actions: [{ title: 'Undo', run: () => void restore() }],
    })
  } catch (thrown) {
    notifyError('The pipeline was not deleted', thrown)
  }
}
