import { Columns3, Database, Paperclip, Plus, Table2, View } from 'lucide-react'
import { useMemo, useState } from 'react'
import { ATTACHED, type CatalogTable } from '../../../engines/catalog/contract.ts'
import { arn } from '../../../engines/kit/pure/ids.ts'
import { notifyError, useAction, useCall, useFeed, useRemembered, useShown } from '../../lib/index.ts'
import { Button, ConfirmDialog, IconButton, type MenuItem, Section, Tree, type TreeNode } from '../../ui/index.ts'
import { AttachDialog } from './attach/AttachDialog.tsx'
import { askAttach } from './attach/dialog.ts'
import { CreateDialog } from './CreateDialog.tsx'
import { Listed } from './Listed.tsx'
import { firstRows, openQuery, openTable, previewTable, type TableParams } from './open.ts'

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
        list.map(async ({ name }) => ({
          name,
          tables: await clients.catalog.listTables({ database: name }, { signal }),
        })),
      )
    },
    [turn],
  )
  const region = useCall((clients, signal) => clients.workspace.credentials({}, { signal }), []).data?.region
  const [, setPart] = useRemembered('catalog.part', 'columns')
  const shown = useShown<TableParams>('catalog.table')
  const [creating, setCreating] = useState(false)
  const [deleting, setDeleting] = useState<CatalogTable | null>(null)
  const remove = useAction(
    (clients, signal, table: CatalogTable) =>
      clients.catalog.deleteTable({ database: table.database, table: table.name }, { signal }),
    {
      onDone: databases.reload,
      onError: (error) => notifyError('The table was not taken out of the catalog', error),
    },
  )
  const nodes = useMemo(() => (databases.data ?? []).map(nodeOf), [databases.data])
  const find = (id: string) =>
    databases.data?.flatMap(({ tables }) => tables).find((table) => id === `t:${table.database}.${table.name}`)
  const withTable = (act: typeof openTable) => (id: string) => {
    const table = find(id)
    if (table) act('athena', table.database, table.name)
  }
  const databaseMenu = (name: string): MenuItem[] => [
    ...(name === ATTACHED ? [{ title: 'Attach a file or folder…', onSelect: () => askAttach() }] : []),
    { title: 'Query its tables', onSelect: () => openQuery('athena', `SHOW TABLES IN ${name}`, name) },
    'separator',
    { title: 'Copy name', onSelect: copy(name) },
    { title: 'Copy ARN', onSelect: copy(arn('glue', `database/${name}`, region)) },
  ]
  const tableMenu = (table: CatalogTable): MenuItem[] => {
    const { database, name, location, attached } = table
    return [
      { title: 'Open', shortcut: 'Enter', onSelect: () => openTable('athena', database, name) },
      {
        title: 'Preview rows',
        onSelect: () => {
          setPart('rows')
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
      { title: attached ? 'Detach…' : 'Delete…', shortcut: 'Delete', danger: true, onSelect: () => setDeleting(table) },
    ]
  }
  const menu = (id: string): MenuItem[] => {
    const table = find(id)
    if (table) return tableMenu(table)
    if (id.startsWith('d:')) return databaseMenu(id.slice(2))
    return [{ title: 'Copy name', onSelect: copy(id.slice(id.lastIndexOf('.') + 1)) }]
  }
  return (
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
          onOpen={withTable(openTable)}
          onDelete={(id) => setDeleting(find(id) ?? null)}
          dragText={(id) => (id.startsWith('d:') ? null : id.slice(2))}
          menu={menu}
        />
      </Listed>
      <CreateDialog
        open={creating}
        title="Create database"
        onClose={() => setCreating(false)}
        create={(clients, name, signal) => clients.catalog.createDatabase({ database: name }, { signal })}
        onDone={databases.reload}
      />
      <AttachDialog />
      <ConfirmDialog
        open={deleting !== null}
        onClose={() => setDeleting(null)}
        onConfirm={() => {
          if (deleting) void remove.run(deleting)
          setDeleting(null)
        }}
        {...(deleting?.attached
          ? {
              title: `Detach ${deleting.name}?`,
              message: `The table goes from the catalog; ${deleting.attached.source} stays as it is.`,
              action: 'Detach',
              danger: false,
            }
          : {
              title: `Delete ${deleting?.name} from the catalog?`,
              message: 'Its definition and partitions go; the files in the lake stay where they are.',
              action: 'Delete table',
              ...(deleting && { name: deleting.name }),
            })}
      />
    </Section>
  )
}

function nodeOf({ name, tables }: { name: string; tables: readonly CatalogTable[] }): TreeNode {
  return {
    id: `d:${name}`,
    label: name,
    icon: name === ATTACHED ? <Paperclip size={14} /> : <Database size={14} />,
    detail: String(tables.length),
    children: tables.map((table) => ({
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
  }
}
