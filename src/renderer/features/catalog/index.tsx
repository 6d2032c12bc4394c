import { Database, FolderOpen, Table2 } from 'lucide-react'
import { lazy } from 'react'
import { defineFeature, defineView, openView } from '../../lib/index.ts'
import { CatalogExplorer } from './CatalogExplorer.tsx'

const table = defineView<{ database: string; table: string }>({
  type: 'catalog.table',
  title: ({ table: name }) => name,
  icon: Table2,
  Component: lazy(() => import('./TableView.tsx').then((module) => ({ default: module.TableView }))),
})

const object = defineView<{ bucket: string; prefix: string }>({
  type: 'catalog.object',
  title: ({ bucket, prefix }) => prefix.split('/').filter(Boolean).at(-1) ?? bucket,
  noun: 'folder',
  icon: FolderOpen,
  Component: lazy(() => import('./LakeView.tsx').then((module) => ({ default: module.LakeView }))),
})

export const feature = defineFeature({
  id: 'catalog',
  Explorer: CatalogExplorer,
  views: [table, object],
  resources: async (clients, signal) => {
    const databases = await clients.catalog.listDatabases({}, { signal })
    const tables = await Promise.all(
      databases.map(({ name }) => clients.catalog.listTables({ database: name }, { signal })),
    )
    return [
      ...tables.flat().map(({ database, name }) => ({
        id: `table:${database}.${name}`,
        title: `${database}.${name}`,
        detail: 'Table',
        icon: Table2,
        open: () => openView('catalog.table', { database, table: name }),
      })),
      ...databases.map(({ name }) => ({
        id: `database:${name}`,
        title: name,
        detail: 'Database',
        icon: Database,
        open: () => openView('sql.editor', { path: '', sql: `SHOW TABLES IN ${name}`, engine: 'athena' }),
      })),
    ]
  },
})
