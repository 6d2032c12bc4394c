import { FileCode2, SquareTerminal } from 'lucide-react'
import { fileName } from '../../lib/document-names.ts'
import { defineFeature, defineView, viewId } from '../../lib/index.ts'
import { newQuery, newQueryParams } from './files.ts'
import { gist } from './model/statements.ts'
import { QueryView } from './parts.ts'
import { SqlExplorer } from './SqlExplorer.tsx'
import { headerOfTab } from './tabs.ts'

type Params = { path: string; sql?: string; engine?: string; database?: string; execution?: string; draft?: string }

/** A query of the workspace, or with an empty path a new one: from a text (`sql`), an execution of the history, or from nothing. */
const editor = defineView<Params>({
  type: 'sql.editor',
  title: ({ path, sql }) => (path ? fileName(path) : sql ? gist(sql, 28) : 'New query'),
  noun: 'query',
  icon: SquareTerminal,
  id: (params) => (params.path ? `sql.editor?path=${params.path}` : viewId('sql.editor', params)),
  beside: (id) => newQueryParams(headerOfTab(id)),
  Component: QueryView,
})

export const feature = defineFeature({
  id: 'sql',
  Explorer: SqlExplorer,
  views: [editor],
  commands: () => [
    { id: 'sql.new', title: 'New query', group: 'SQL', shortcut: 'Mod+Alt+N', run: () => newQuery() },
    {
      id: 'sql.newWarehouse',
      title: 'New warehouse query',
      group: 'SQL',
      run: () => newQuery({ engine: 'warehouse' }),
    },
  ],
  resources: async (clients, signal) =>
    (await clients.workspace.listDocuments({ folder: 'queries' }, { signal })).map(({ path }) => ({
      id: `query:${path}`,
      title: fileName(path),
      detail: 'Query',
      icon: FileCode2,
      view: { type: 'sql.editor', params: { path } },
    })),
})
