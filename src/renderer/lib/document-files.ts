import type { Clients } from '../../engines/contract.ts'
import { type Folder, fileName, freePath, NOUNS, nameOf } from './document-names.ts'
import { openDocument } from './documents.ts'
import { notify, notifyError } from './notify.ts'

/** What a person does with the documents of a folder. Failures are told where they happen; nothing throws. */
export function documentFiles(folder: Folder) {
  const noun = NOUNS[folder]
  const list = async (clients: Clients) =>
    (await clients.workspace.listDocuments({ folder })).map((entry) => entry.path)
  const telling = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work()
    } catch (thrown) {
      notifyError(`The ${noun} was not ${what}`, thrown)
      return undefined
    }
  }
  /** Writes a new file under a name like the one wanted that is free; gives its path. */
  const write = async (clients: Clients, name: string, text: (path: string) => string | Promise<string>) => {
    const path = freePath(folder, name, await list(clients))
    await clients.workspace.writeDocument({ path, text: await text(path) })
    return path
  }
  return {
    write,
    create: (clients: Clients, name: string, text: (path: string) => string | Promise<string>) =>
      telling('created', async () => openDocument(await write(clients, name, text))),
    /** Writes a text beside `path` under a name of its own and opens it. */
    copy: (clients: Clients, path: string, text: string) =>
      telling('copied', async () =>
        openDocument(await write(clients, `${fileName(path)} copy`, (to) => renamed(text, nameOf(to)))),
      ),
    duplicate: (clients: Clients, path: string) =>
      telling('duplicated', async () => {
        const { text } = await clients.workspace.readDocument({ path })
        openDocument(await write(clients, `${fileName(path)} copy`, (to) => renamed(text, nameOf(to))))
      }),
    rename: (clients: Clients, path: string, name: string) =>
      telling('renamed', async () => {
        const others = (await list(clients)).filter((other) => other !== path)
        const to = freePath(folder, name, others)
        if (to !== path) await clients.workspace.renameDocument({ path, to })
      }),
    /** Moves it to the trash, with a way back. */
    remove: (clients: Clients, path: string) =>
      telling('deleted', async () => {
        const { trashId } = await clients.workspace.deleteDocument({ path })
        notify({
          tone: 'info',
          title: `Deleted ${fileName(path)}`,
          message: 'It is in the trash of the workspace.',
          actions: [
            {
              title: 'Undo',
              run: () => void telling('brought back', () => clients.workspace.restoreDocument({ trashId })),
            },
          ],
        })
      }),
  }
}

/** A JSON document takes its new name; SQL, or a damaged file, is copied as it is. */
function renamed(text: string, name: string): string {
  try {
    return `${JSON.stringify({ ...(JSON.parse(text) as object), name }, null, 2)}\n`
  } catch {
    return text
  }
}
