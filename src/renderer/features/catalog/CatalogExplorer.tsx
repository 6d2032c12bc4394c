import { Columns3, Database, Folder, FolderOpen, Plus, Table2, Warehouse } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { CatalogTable } from '../../../engines/catalog/contract.ts'
import type { WarehouseTable } from '../../../engines/warehouse/contract.ts'
import { formatCompact, notifyError, openView, useAction, useCall, useFeed } from '../../lib/index.ts'
import {
  Button,
  ConfirmDialog,
  Dialog,
  EmptyState,
  ErrorView,
  Field,
  IconButton,
  Input,
  Loading,
  Section,
  Tree,
  type TreeNode,
} from '../../ui/index.ts'

const query = (sql: string, engine: 'athena' | 'warehouse') => openView('sql.editor', { path: '', sql, engine })

export function CatalogExplorer() {
  return (
    <>
      <Databases />
      <Buckets />
      <WarehouseTables />
    </>
  )
}

/** Counts changes of the catalog, so that what is shown is asked for again. */
function useCatalogTurn(): number {
  return useFeed((clients, signal) => clients.catalog.watch({}, { signal }), [], {
    initial: 0,
    fold: (turn: number) => turn + 1,
  }).data
}

function Databases() {
  const turn = useCatalogTurn()
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
  const [creating, setCreating] = useState(false)
  const [deleting, setDeleting] = useState<CatalogTable | null>(null)
  const remove = useAction(
    (clients, signal, table: CatalogTable) =>
      clients.catalog.deleteTable({ database: table.database, table: table.name }, { signal }),
    {
      onDone: databases.reload,
      onError: (error) => notifyError('The table was not deleted', error),
    },
  )
  const nodes = (databases.data ?? []).map(
    ({ name, tables }): TreeNode => ({
      id: `d:${name}`,
      label: name,
      icon: <Database size={14} />,
      detail: String(tables.length),
      children: tables.map((table) => ({
        id: `t:${name}.${table.name}`,
        label: table.name,
        icon: <Table2 size={14} />,
        detail: table.viewText === undefined ? table.format : 'view',
        children: [...table.columns, ...table.partitionKeys].map((column) => ({
          id: `c:${name}.${table.name}.${column.name}`,
          label: column.name,
          icon: <Columns3 size={13} />,
          detail: column.type,
        })),
      })),
    }),
  )
  const find = (id: string) =>
    databases.data?.flatMap(({ tables }) => tables).find((table) => id === `t:${table.database}.${table.name}`)
  return (
    <Section
      title="Catalog"
      flush
      actions={<IconButton icon={<Plus size={14} />} label="Create database" onClick={() => setCreating(true)} />}
    >
      <Listed
        call={databases}
        empty={databases.data?.length === 0}
        what="The catalog"
        hint="The catalog names the tables that lie in the lake. Running the sample pipeline makes its first database."
        action={<Button onClick={() => setCreating(true)}>Create a database</Button>}
      >
        <Tree
          label="Catalog"
          nodes={nodes}
          fitContent
          defaultExpanded={nodes.map(({ id }) => id)}
          onOpen={(id) => {
            const table = find(id)
            if (table) openView('catalog.table', { database: table.database, table: table.name })
          }}
          dragText={(id) => (id.startsWith('d:') ? null : id.slice(2))}
          menu={(id) => {
            const table = find(id)
            if (!table) return [{ title: 'Copy name', onSelect: () => void navigator.clipboard.writeText(id.slice(2)) }]
            return [
              {
                title: 'Open',
                onSelect: () => openView('catalog.table', { database: table.database, table: table.name }),
              },
              {
                title: 'Query first rows',
                onSelect: () => query(`SELECT *\nFROM ${table.database}.${table.name}\nLIMIT 100`, 'athena'),
              },
              {
                title: 'Copy name',
                onSelect: () => void navigator.clipboard.writeText(`${table.database}.${table.name}`),
              },
              'separator',
              { title: 'Delete…', danger: true, onSelect: () => setDeleting(table) },
            ]
          }}
        />
      </Listed>
      <NameDialog
        open={creating}
        title="Create database"
        label="Name"
        onClose={() => setCreating(false)}
        create={(clients, name, signal) => clients.catalog.createDatabase({ database: name }, { signal })}
        onDone={databases.reload}
      />
      <ConfirmDialog
        open={deleting !== null}
        onClose={() => setDeleting(null)}
        onConfirm={() => {
          if (deleting) void remove.run(deleting)
          setDeleting(null)
        }}
        title={`Delete ${deleting?.name} from the catalog?`}
        message="Its definition and partitions go; the files in the lake stay where they are."
        action="Delete table"
        name={deleting?.name}
      />
    </Section>
  )
}

function Buckets() {
  const changes = useFeed((clients, signal) => clients.lake.watchObjects({}, { signal }), [], {
    initial: new Set<string>(),
    fold: (known: Set<string>, { bucket }) => (known.has(bucket) ? known : new Set([...known, bucket])),
  })
  const buckets = useCall((clients, signal) => clients.lake.listBuckets({}, { signal }), [changes.data])
  const [creating, setCreating] = useState(false)
  return (
    <Section
      title="Lake"
      flush
      actions={<IconButton icon={<Plus size={14} />} label="Create bucket" onClick={() => setCreating(true)} />}
    >
      <Listed
        call={buckets}
        empty={buckets.data?.length === 0}
        what="The lake"
        hint="A bucket is a folder of plain files under lake/ in the workspace, and an S3 bucket for AWS clients."
        action={<Button onClick={() => setCreating(true)}>Create a bucket</Button>}
      >
        <Tree
          label="Buckets"
          fitContent
          openOnClick
          nodes={(buckets.data ?? []).map(({ name }) => ({ id: name, label: name, icon: <Folder size={14} /> }))}
          onOpen={(bucket) => openView('catalog.object', { bucket, prefix: '' })}
        />
      </Listed>
      <NameDialog
        open={creating}
        title="Create bucket"
        label="Name"
        help="3 to 63 lower-case letters, digits, dots and hyphens"
        onClose={() => setCreating(false)}
        create={(clients, name, signal) => clients.lake.createBucket({ bucket: name }, { signal })}
        onDone={buckets.reload}
      />
    </Section>
  )
}

function WarehouseTables() {
  const turn = useFeed((clients, signal) => clients.warehouse.watch({}, { signal }), [], {
    initial: 0,
    fold: (count: number) => count + 1,
  })
  const tables = useCall((clients, signal) => clients.warehouse.listTables({}, { signal }), [turn.data])
  return (
    <Section title="Warehouse" flush>
      <Listed
        call={tables}
        empty={tables.data?.length === 0}
        what="The warehouse"
        hint="Tables that COPY or SQL makes in the warehouse appear here."
        action={
          <Button onClick={() => query('CREATE TABLE first (id integer, name varchar(100));', 'warehouse')}>
            Write one
          </Button>
        }
      >
        <Tree
          label="Warehouse"
          fitContent
          nodes={warehouseNodes(tables.data ?? [])}
          onOpen={(id) => id.startsWith('t:') && query(`SELECT *\nFROM ${id.slice(2)}\nLIMIT 100`, 'warehouse')}
          dragText={(id) => (id.startsWith('s:') ? null : id.slice(2))}
        />
      </Listed>
    </Section>
  )
}

function warehouseNodes(tables: readonly WarehouseTable[]): TreeNode[] {
  const schemas = [...new Set(tables.map(({ schema }) => schema))].sort()
  return schemas.map((schema) => ({
    id: `s:${schema}`,
    label: schema,
    icon: <Warehouse size={14} />,
    children: tables
      .filter((table) => table.schema === schema)
      .map((table) => ({
        id: `t:${schema}.${table.name}`,
        label: table.name,
        icon: <Table2 size={14} />,
        detail: `${formatCompact(table.rowCount)} rows`,
        tooltip: `DISTSTYLE ${table.distStyle}${table.distKey ? ` (${table.distKey})` : ''}${table.sortKeys.length > 0 ? `, SORTKEY (${table.sortKeys.join(', ')})` : ''}`,
        children: table.columns.map((column) => ({
          id: `c:${schema}.${table.name}.${column.name}`,
          label: column.name,
          icon: <Columns3 size={13} />,
          detail: column.declared,
        })),
      })),
  }))
}

/** Waiting, failed, empty or there: the four states of a list. */
function Listed({
  call,
  empty,
  what,
  hint,
  action,
  children,
}: {
  call: { data: unknown; error: Parameters<typeof ErrorView>[0]['error'] | undefined; reload: () => void }
  empty: boolean | undefined
  what: string
  hint: string
  action: ReactNode
  children: ReactNode
}) {
  if (call.error && call.data === undefined)
    return (
      <ErrorView
        compact
        title={`${what} cannot be read`}
        error={call.error}
        actions={
          <Button size="s" onClick={call.reload}>
            Try again
          </Button>
        }
      />
    )
  if (call.data === undefined) return <Loading />
  if (empty)
    return (
      <EmptyState icon={<FolderOpen size={18} />} title={`${what} is empty`} actions={action}>
        {hint}
      </EmptyState>
    )
  return children
}

function NameDialog({
  open,
  title,
  label,
  help,
  onClose,
  create,
  onDone,
}: {
  open: boolean
  title: string
  label: string
  help?: string
  onClose: () => void
  create: (
    clients: Parameters<Parameters<typeof useAction>[0]>[0],
    name: string,
    signal: AbortSignal,
  ) => Promise<unknown>
  onDone: () => void
}) {
  const [name, setName] = useState('')
  const action = useAction((clients, signal) => create(clients, name, signal), {
    onDone: () => {
      setName('')
      onClose()
      onDone()
    },
  })
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      width={400}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={name === ''} pending={action.pending} onClick={() => void action.run()}>
            Create
          </Button>
        </>
      }
    >
      <Field label={label} help={help} error={action.error?.message}>
        {(ids) => (
          <Input
            {...ids}
            value={name}
            onChange={setName}
            autoFocus
            onKeyDown={(event) => event.key === 'Enter' && name !== '' && void action.run()}
          />
        )}
      </Field>
    </Dialog>
  )
}
