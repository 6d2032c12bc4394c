import { Columns3, Database, Paperclip, Plus, SquareFunction, Table2, View } from 'lucide-react'
import { useMemo, useState } from 'react'
import { ATTACHED, type CatalogDatabase, type CatalogTable, type Kept } from '../../../engines/catalog/contract.ts'
import { arn } from '../../../engines/kit/pure/ids.ts'
import { notifyError, useAction, useCall, useConfirmed, useFeed, useShown } from '../../lib/index.ts'
import { Button, ConfirmDialog, IconButton, type MenuItem, Section, Tree, type TreeNode } from '../../ui/index.ts'
import { AttachDialog } from './attach/AttachDialog.tsx'
import { askAttach } from './attach/dialog.ts'
import { CreateDialog } from './CreateDialog.tsx'
import { DatabaseDialog } from './DatabaseDialog.tsx'
import { FunctionDialog } from './kept/FunctionDialog.tsx'
import type { Asked } from './kept/KeptDialog.tsx'
import { Listed } from './Listed.tsx'
import { firstRows, openQuery, openTable, previewTable, type TableParams } from './open.ts'
import { useChoosePart } from './usePart.ts'

interface DatabaseNode extends CatalogDatabase {
  readonly tables: readonly CatalogTable[]
  readonly functions: readonly Kept[]
}

/** What is to be deleted, with what is said before. */
interface Doomed {
  readonly kind: 'database' | 'table' | 'function'
  readonly database: string
  readonly name: string
  /** Path of the files, of a table that is attached. */
  readonly attached?: string | undefined
}

const LOSS: Readonly<Record<Doomed['kind'], string>> = {
  database: 'Its tables and functions go from the catalog with it; the files in the lake stay where they are.',
  table: 'Its definition and partitions go; the files in the lake stay where they are.',
  function: 'Its definition goes; the files that it names stay where they are.',
}

const copy = (text: string) => () => void navigator.clipboard.writeText(text)

/** The Glue catalog: a click shows a table, a double click or Enter keeps it in a tab, the arrow shows its columns. */
export function Databases() {
  const turn = useFeed((clients, signal) => clients.catalog.watch({}, { signal }), [], {
    initial: 0,
    fold: (count: number) => count + 1,
  }).data
  const databases = useCall(
    async (clients, signal) => {
      const list = await clients.catalog.listDatabases({}, { signal })
      return Promise.all(
        list.map(
          async (database): Promise<DatabaseNode> => ({
            ...database,
            tables: await clients.catalog.listTables({ database: database.name }, { signal }),
            functions: await clients.catalog.listKept({ kind: 'function', scope: database.name }, { signal }),
          }),
        ),
      )
    },
    [turn],
  )
  const region = useCall((clients, signal) => clients.workspace.credentials({}, { signal }), []).data?.region
  const choosePart = useChoosePart()
  const shown = useShown<TableParams>('catalog.table')
  const [creating, setCreating] = useState(false)
  const [editing, setEditing] = useState<CatalogDatabase | null>(null)
  const [asked, setAsked] = useState<{ scope: string; asked: Asked } | null>(null)
  const { thing: deleting, ask: askDelete, dialog } = useConfirmed((each: Doomed) => remove.run(each))
  const remove = useAction(
    async (clients, signal, { kind, database, name }: Doomed) => {
      if (kind === 'database') await clients.catalog.deleteDatabase({ database }, { signal })
      else if (kind === 'table') await clients.catalog.deleteTable({ database, table: name }, { signal })
      else await clients.catalog.forget({ kind, scope: database, name }, { signal })
    },
    {
      onDone: databases.reload,
      onError: (error) => notifyError('It was not deleted', error),
    },
  )
  const nodes = useMemo(() => (databases.data ?? []).map(nodeOf), [databases.data])
  const find = (id: string) =>
    databases.data?.flatMap(({ tables }) => tables).find((table) => id === `t:${table.database}.${table.name}`)
  const withTable = (act: typeof openTable) => (id: string) => {
    const table = find(id)
    if (table) act('athena', table.database, table.name)
  }
  const findFunction = (id: string) => {
    const [, scope, name] = /^f:([^/]+)\/(.+)$/.exec(id) ?? []
    const found = databases.data
      ?.find((database) => database.name === scope)
      ?.functions.find((kept) => kept.name === name)
    return found && { scope, asked: found }
  }
  const doomed = (id: string): Doomed | null => {
    const table = find(id)
    if (table) return { kind: 'table', database: table.database, name: table.name, attached: table.attached?.source }
    const known = findFunction(id)
    if (known) return { kind: 'function', database: known.scope, name: known.asked.name }
    return id.startsWith('d:') ? { kind: 'database', database: id.slice(2), name: id.slice(2) } : null
  }
  const doom = (id: string, title = 'Delete…'): MenuItem => ({
    title,
    shortcut: 'Delete',
    danger: true,
    onSelect: () => askDelete(doomed(id)),
  })
  const databaseMenu = (name: string): MenuItem[] => [
    ...(name === ATTACHED ? [{ title: 'Attach a file or folder…', onSelect: () => askAttach() }] : []),
    { title: 'Query its tables', onSelect: () => openQuery('athena', `SHOW TABLES IN ${name}`, name) },
    { title: 'Edit…', onSelect: () => setEditing(databases.data?.find((database) => database.name === name) ?? null) },
    { title: 'Create function…', onSelect: () => setAsked({ scope: name, asked: 'new' }) },
    'separator',
    { title: 'Copy name', onSelect: copy(name) },
    { title: 'Copy ARN', onSelect: copy(arn('glue', `database/${name}`, region)) },
    'separator',
    doom(`d:${name}`),
  ]
  const tableMenu = (table: CatalogTable): MenuItem[] => {
    const { database, name, location, attached } = table
    return [
      { title: 'Open', shortcut: 'Enter', onSelect: () => openTable('athena', database, name) },
      {
        title: 'Preview rows',
        onSelect: () => {
          choosePart('athena', database, name, 'rows')
          previewTable('athena', database, name)
        },
      },
      { title: 'Query', onSelect: () => openQuery('athena', firstRows(`${database}.${name}`), database) },
      'separator',
      { title: 'Copy name', onSelect: copy(`${database}.${name}`) },
      { title: 'Copy ARN', onSelect: copy(arn('glue', `table/${database}/${name}`, region)) },
      ...(location
        ? [
            {
              title: location.startsWith('s3:') ? 'Copy S3 URI' : 'Copy path',
              onSelect: copy(attached?.source ?? location),
            },
          ]
        : []),
      'separator',
      doom(`t:${database}.${name}`, attached ? 'Detach…' : 'Delete…'),
    ]
  }
  const menu = (id: string): MenuItem[] => {
    const table = find(id)
    if (table) return tableMenu(table)
    if (id.startsWith('d:')) return databaseMenu(id.slice(2))
    const known = findFunction(id)
    if (known)
      return [
        { title: 'Edit…', shortcut: 'Enter', onSelect: () => setAsked(known) },
        { title: 'Copy name', onSelect: copy(known.asked.name) },
        'separator',
        doom(id),
      ]
    return [{ title: 'Copy name', onSelect: copy(id.slice(id.lastIndexOf('.') + 1)) }]
  }
  return (
    // A dialog is there whether the section is open or not.
    <>
      <Section
        title="Catalog"
        flush
        actions={
          <>
            <IconButton icon={<Paperclip size={14} />} label="Attach a file or folder" onClick={() => askAttach()} />
            <IconButton icon={<Plus size={14} />} label="Create database" onClick={() => setCreating(true)} />
          </>
        }
      >
        <Listed
          call={databases}
          empty={databases.data?.length === 0}
          what="The catalog"
          hint="The catalog names the tables that lie in the lake, and files that are attached. Drop a CSV, JSON or Parquet file on the window to query it."
          action={
            <>
              <Button variant="primary" onClick={() => askAttach()}>
                Attach a file
              </Button>
              <Button onClick={() => setCreating(true)}>Create a database</Button>
            </>
          }
        >
          <Tree
            label="Catalog"
            nodes={nodes}
            selected={shown && !shown.engine ? `t:${shown.database}.${shown.table}` : null}
            fitContent
            defaultExpanded={nodes.map(({ id }) => id)}
            onPreview={withTable(previewTable)}
            onOpen={(id) => {
              const known = findFunction(id)
              if (known) setAsked(known)
              else withTable(openTable)(id)
            }}
            onDelete={(id) => askDelete(doomed(id))}
            dragText={(id) => (/^[df]:/.test(id) ? null : id.slice(2))}
            menu={menu}
          />
        </Listed>
      </Section>
      <CreateDialog
        open={creating}
        title="Create database"
        onClose={() => setCreating(false)}
        create={(clients, name, signal) => clients.catalog.createDatabase({ database: name }, { signal })}
        onDone={databases.reload}
      />
      <AttachDialog />
      <ConfirmDialog
        {...dialog}
        {...(deleting?.attached
          ? {
              title: `Detach ${deleting.name}?`,
              message: `The table goes from the catalog; ${deleting.attached} stays as it is.`,
              action: 'Detach',
              danger: false,
            }
          : {
              title: `Delete ${deleting?.name} from the catalog?`,
              message: deleting ? LOSS[deleting.kind] : '',
              action: `Delete ${deleting?.kind}`,
              name: deleting?.name,
            })}
      />
      {editing && <DatabaseDialog database={editing} onClose={() => setEditing(null)} />}
      {asked && <FunctionDialog {...asked} onClose={() => setAsked(null)} />}
    </>
  )
}

function nodeOf({ name, tables, functions }: DatabaseNode): TreeNode {
  return {
    id: `d:${name}`,
    label: name,
    icon: name === ATTACHED ? <Paperclip size={14} /> : <Database size={14} />,
    detail: String(tables.length),
    children: [
      ...tables.map((table) => ({
        id: `t:${name}.${table.name}`,
        label: table.name,
        icon: table.viewText === undefined ? <Table2 size={14} /> : <View size={14} />,
        detail: table.viewText === undefined ? table.format : 'view',
        opens: true,
        children: [...table.columns, ...table.partitionKeys].map((column) => ({
          id: `c:${name}.${table.name}.${column.name}`,
          label: column.name,
          icon: <Columns3 size={13} />,
          detail: column.type,
        })),
      })),
      ...functions.map((kept) => ({
        id: `f:${name}/${kept.name}`,
        label: kept.name,
        icon: <SquareFunction size={14} />,
        detail: 'function',
        opens: true,
      })),
    ],
  }
}
