import { createHmac, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync, watch } from 'node:fs'
import { join, sep } from 'node:path'
import { defineEngine } from '../define.ts'
import type { Log } from '../kit/node/engine.ts'
import { hasOwnPrices, readPrices, removePrices, writePrices } from '../kit/node/prices.ts'
import { realTime } from '../kit/node/real-time.ts'
import { openStore } from '../kit/node/sqlite.ts'
import { isTrusted, recordTrust } from '../kit/node/trust.ts'
import { createWorkspaceFile, readWorkspaceFile, WORKSPACE_FORMAT } from '../kit/node/workspace-file.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { DEFAULT_REGION } from '../kit/pure/ids.ts'
import type { WorkspaceInfo } from './contract.ts'
import { DocumentStore } from './documents.ts'

const DOCUMENT_FOLDERS = ['pipelines', 'queries', 'dashboards', 'jobs']

type Change = { path: string; change: 'written' | 'deleted' }

export const engine = defineEngine({
  name: 'workspace',
  needs: [],
  async start({ workspaceDirectory, resourcesDirectory, directory, log, settings }) {
    const file = readWorkspaceFile(workspaceDirectory) ?? adopt(workspaceDirectory)
    const readOnly = file.format > WORKSPACE_FORMAT
    for (const folder of DOCUMENT_FOLDERS) mkdirSync(join(workspaceDirectory, folder), { recursive: true })
    const documents = new DocumentStore(workspaceDirectory, join(directory, 'trash'))
    const keys = keyPair(typeof settings.keySeed === 'string' ? settings.keySeed : randomBytes(32).toString('hex'))
    // Where an earlier Millrace kept them.
    rmSync(join(directory, 'credentials.json'), { force: true })
    const state = openState(join(directory, 'state.db'), log)
    const listeners = new Set<(change: Change) => void>()
    const announce = (change: Change) => {
      for (const listener of listeners) listener(change)
    }
    const watchers = DOCUMENT_FOLDERS.map((folder) =>
      watch(join(workspaceDirectory, folder), { recursive: true }, (_, name) => {
        if (!name || name.split(sep).some((part) => part.startsWith('.'))) return
        const path = `${folder}/${name.split(sep).join('/')}`
        announce({ path, change: existsSync(join(workspaceDirectory, path)) ? 'written' : 'deleted' })
      }).on('error', (error) => log.warn(`changes under ${folder} are not seen any more: ${error.message}`)),
    )
    const describe = (): WorkspaceInfo => ({
      id: file.id,
      name: file.name,
      directory: workspaceDirectory,
      trusted: isTrusted(workspaceDirectory, file.id),
      readOnly,
      format: file.format,
    })
    const writable = <T>(change: () => T): T => {
      if (readOnly)
        throw new EngineError(
          'ReadOnly',
          `This workspace was written by a newer Millrace (format ${file.format}); this one writes format ${WORKSPACE_FORMAT}. Update Millrace to change it.`,
        )
      return change()
    }

    return {
      handlers: {
        describe,
        trust: () => {
          recordTrust(workspaceDirectory, file.id)
          return describe()
        },
        credentials: () => keys,
        listDocuments: ({ folder }) => documents.list(folder),
        readDocument: ({ path }) => documents.read(path),
        writeDocument: ({ path, text, revision }) => writable(() => documents.write(path, text, revision)),
        renameDocument: ({ path, to }) => writable(() => documents.rename(path, to)),
        deleteDocument: ({ path }) => writable(() => ({ trashId: documents.remove(path) })),
        restoreDocument: ({ trashId }) => writable(() => documents.restore(trashId)),
        async *watchDocuments(_, { signal }) {
          const pending = new Map<string, Change>()
          const listener = (change: Change) => void pending.set(change.path, change)
          listeners.add(listener)
          try {
            while (!signal.aborted) {
              for (const [path, change] of pending) {
                pending.delete(path)
                yield change
              }
              // Editors write a file several times in a moment: one change is enough.
              await realTime.sleep(150)
            }
          } finally {
            listeners.delete(listener)
          }
        },
        readPrices: () => ({
          ...readPrices({ workspaceDirectory, resourcesDirectory }),
          own: hasOwnPrices({ workspaceDirectory }),
        }),
        writePrices: ({ prices }) =>
          writable(() => {
            if (prices) writePrices({ workspaceDirectory }, prices)
            else removePrices({ workspaceDirectory })
            return {}
          }),
        readState: ({ key }) => ({ value: state.read(key) }),
        writeState: ({ key, value }) => {
          state.write(key, value)
          return {}
        },
      },
      stop: async () => {
        for (const watcher of watchers) watcher.close()
        state.close()
      },
    }
  },
})

/** A folder without millrace.json becomes a workspace. Only an empty one was made here; what came with documents must be trusted by its user. */
function adopt(directory: string) {
  const documents = DOCUMENT_FOLDERS.some(
    (folder) => existsSync(join(directory, folder)) && readdirSync(join(directory, folder)).length > 0,
  )
  const file = createWorkspaceFile(directory)
  if (!documents) recordTrust(directory, file.id)
  return file
}

/**
 * The key pair that clients of this workspace sign with. It is made from the user's own secret and lies nowhere in the workspace: whoever sent one
 * would know what lies there.
 */
function keyPair(seed: string) {
  const bytes = createHmac('sha512', seed).update('AWS key pair').digest()
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const id = Array.from(bytes.subarray(0, 16), (byte) => letters[byte % 32]).join('')
  return {
    accessKeyId: `AKIA${id}`,
    secretAccessKey: bytes.subarray(16, 46).toString('base64'),
    region: DEFAULT_REGION,
  }
}

/** What the UI remembers, key by key. It can be made again by using the program, so it is not worth an fsync for every splitter moved. */
function openState(file: string, log: Log) {
  const database = openStore(file, {
    synchronous: 'normal',
    steps: [(db) => db.exec('CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT')],
    onRemade: (aside) =>
      log.warn(`What the windows remembered was damaged and begins anew. The old file is kept as ${aside}.`),
  })
  const select = database.prepare<[string], { value: string }>('SELECT value FROM state WHERE key = ?')
  const upsert = database.prepare(
    'INSERT INTO state VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  )
  return {
    read: (key: string): unknown => {
      const row = select.get(key)
      return row ? JSON.parse(row.value) : null
    },
    write: (key: string, value: unknown) => void upsert.run(key, JSON.stringify(value ?? null)),
    close: () => database.close(),
  }
}
