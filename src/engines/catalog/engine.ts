import { join } from 'node:path'
import { defineEngine } from '../define.ts'
import { openDuck } from '../kit/node/duck.ts'
import { EventAnnouncements } from '../kit/node/event-announcements.ts'
import { Broadcast } from '../kit/pure/broadcast.ts'
import { Attachments } from './attached/attachments.ts'
import { attachedHandlers } from './attached/handlers.ts'
import { sealOldConnections } from './connection-secrets.ts'
import { ATTACHED } from './contract.ts'
import { crawlerHandlers } from './crawlers/handlers.ts'
import { resolveFiles } from './files.ts'
import { CatalogParts } from './handlers.ts'
import { keptHandlers } from './kept.ts'
import { KeptStore } from './kept-store.ts'
import { PartitionStore } from './partition-store.ts'
import { partitionHandlers } from './partitions.ts'
import { preview } from './preview.ts'
import { scan } from './scan.ts'
import { schemaHandlers } from './schemas/handlers.ts'
import { CatalogStore } from './store.ts'
import { tableHandlers } from './tables.ts'

export const engine = defineEngine({
  name: 'catalog',
  needs: ['lake', 'workspace', 'events'],
  async start(context) {
    const store = new CatalogStore(context.directory)
    const duck = await openDuck(context).catch((thrown) => {
      store.close()
      throw thrown
    })
    // Athena's default database is there from the start, as in an account that has opened Athena.
    if (!store.hasDatabase('default')) store.putDatabase({ name: 'default', createdMs: context.clock.now() })
    const reach = { workspaceDirectory: context.workspaceDirectory, clients: context.clients, duck }
    const parts = new CatalogParts({
      store,
      partitions: new PartitionStore(store.db),
      kept: new KeptStore(store.db),
      attachments: new Attachments(reach, () => store.hasDatabase(ATTACHED)),
      changes: new Broadcast((event) => `${event.database}.${event.table}`),
      clock: context.clock,
      random: context.random,
    })
    await sealOldConnections(parts, context)
    const announcements = new EventAnnouncements(context, {
      db: store.db,
      mark: join(context.directory, 'announcing'),
      isBusy: () => crawlers.isBusy(),
    })
    const crawlers = crawlerHandlers(parts, context, (event, keep) => announcements.announce(event, keep))

    return {
      handlers: {
        ...tableHandlers(parts),
        ...partitionHandlers(parts),
        ...keptHandlers(parts, context.secrets),
        ...schemaHandlers(parts),
        ...attachedHandlers(parts, reach),
        ...crawlers.handlers,
        watch: (_input, { signal }) => parts.changes.watch(signal),
        locate: async (input) => {
          const { format, paths, bytes } = await resolveFiles(input, reach)
          return { format, paths, bytes }
        },
        preview: (input, { signal }) => preview(input, { ...reach, machine: true }, signal),
        scan: (input, { signal }) => scan(input, { ...reach, machine: true }, signal),
      },
      stop: async () => {
        await crawlers.stop()
        await announcements.stop()
        store.close()
      },
    }
  },
})
