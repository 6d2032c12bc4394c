import { Braces, Bug, Database, FolderCog, FolderOpen, Table2 } from 'lucide-react'
import { defineFeature, defineView, loadable, notify, viewId } from '../../lib/index.ts'
import { askAttach } from './attach/dialog.ts'
import { CatalogExplorer } from './CatalogExplorer.tsx'
import { askCrawler } from './crawlers/dialog.ts'
import { folderName, type TableParams, tableViewId } from './open.ts'

const TableView = loadable(async () => (await import('./TableView.tsx')).TableView)
const WarehouseTableView = loadable(async () => (await import('./WarehouseTableView.tsx')).WarehouseTableView)

const table = defineView<TableParams>({
  type: 'catalog.table',
  title: ({ table: name }) => name,
  icon: Table2,
  id: tableViewId,
  passing: ({ preview }) => preview ?? false,
  Component: ({ params }) =>
    params.engine === 'warehouse' ? <WarehouseTableView params={params} /> : <TableView params={params} />,
})

const object = defineView<{ bucket: string; prefix: string }>({
  type: 'catalog.object',
  title: ({ bucket, prefix }) => folderName(bucket, prefix),
  noun: 'folder',
  icon: FolderOpen,
  // One tab a bucket: folders are walked in it.
  id: ({ bucket }) => viewId('catalog.object', { bucket }),
  Component: loadable(async () => (await import('./LakeView.tsx')).LakeView),
})

const bucket = defineView<{ bucket: string }>({
  type: 'catalog.bucket',
  title: ({ bucket: name }) => `${name} settings`,
  noun: 'bucket',
  icon: FolderCog,
  Component: loadable(async () => (await import('./bucket/BucketView.tsx')).BucketView),
})

const crawler = defineView<{ crawler: string }>({
  type: 'catalog.crawler',
  title: ({ crawler: name }) => name,
  noun: 'crawler',
  icon: Bug,
  Component: loadable(async () => (await import('./crawlers/CrawlerView.tsx')).CrawlerView),
})

const schema = defineView<{ registry: string; schema: string }>({
  type: 'catalog.schema',
  title: ({ schema: name }) => name,
  noun: 'schema',
  icon: Braces,
  Component: loadable(async () => (await import('./schemas/SchemaView.tsx')).SchemaView),
})

export const feature = defineFeature({
  id: 'catalog',
  Explorer: CatalogExplorer,
  views: [table, object, bucket, crawler, schema],
  commands: () => [
    { id: 'catalog.attach', title: 'Attach a file or folder…', group: 'Catalog', run: () => askAttach() },
    { id: 'catalog.crawler', title: 'Create crawler…', group: 'Catalog', run: () => askCrawler() },
  ],
  dropped: (files, folders) => {
    if (folders.length > 0)
      notify({
        tone: 'warn',
        title: 'A browser does not hand over folders',
        message: `Attach ${folders[0]} by its path instead.`,
        actions: [{ title: 'Attach by path…', run: () => askAttach() }],
      })
    if (files.length > 0) askAttach(files)
  },
  resources: async (clients, signal) => {
    const databases = await clients.catalog.listDatabases({}, { signal })
    const tables = await Promise.all(
      databases.map(({ name }) => clients.catalog.listTables({ database: name }, { signal })),
    )
    const crawlers = await clients.catalog.listCrawlers({}, { signal })
    const schemas = await clients.catalog.listSchemas({}, { signal })
    return [
      ...crawlers.map(({ name }) => ({
        id: `crawler:${name}`,
        title: name,
        detail: 'Crawler',
        icon: Bug,
        view: { type: 'catalog.crawler', params: { crawler: name } },
      })),
      ...schemas.map(({ registry, name }) => ({
        id: `schema:${registry}/${name}`,
        title: `${registry}/${name}`,
        detail: 'Schema',
        icon: Braces,
        view: { type: 'catalog.schema', params: { registry, schema: name } },
      })),
      ...tables.flat().map(({ database, name }) => ({
        id: `table:${database}.${name}`,
        title: `${database}.${name}`,
        detail: 'Table',
        icon: Table2,
        view: { type: 'catalog.table', params: { database, table: name } },
      })),
      ...databases.map(({ name }) => ({
        id: `database:${name}`,
        title: name,
        detail: 'Database',
        icon: Database,
        view: { type: 'sql.editor', params: { path: '', sql: `SHOW TABLES IN ${name}`, engine: 'athena' } },
      })),
    ]
  },
})
