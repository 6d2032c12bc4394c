import { BookCopy, Database, FileCode2, FilePlus2, Table2, View, Warehouse } from 'lucide-react'
import { useLayoutEffect, useMemo } from 'react'
import type { Clients } from '../../../engines/contract.ts'
import { DocumentList } from '../../lib/DocumentList.tsx'
import { formatCompact, giveWay, notifyError, useAction, useFeed, useRemembered } from '../../lib/index.ts'
import {
  Button,
  EmptyState,
  ErrorView,
  IconButton,
  Loading,
  type MenuItem,
  Section,
  Tabs,
  Tree,
  type TreeNode,
} from '../../ui/index.ts'
import { insertAtCursor, nameInSql } from './editing.ts'
import { newQuery, queryFiles } from './files.ts'
import { History } from './History.tsx'
import type { Engine } from './model/header.ts'
import type { SchemaColumn, SchemaTable } from './model/schema.ts'
import { loadQueryView } from './parts.ts'
import { useFreshSchemas, useSchemas } from './schema.ts'
import styles from './sql.module.css'
import { openTable } from './tables.ts'

/** Saved queries, what can be queried, and what was. */
export function SqlExplorer() {
  const [tab, setTab] = useRemembered<'queries' | 'history'>('sql.explorer', 'queries')
  // Before the engines are asked that would have to start.
  useLayoutEffect(() => void loadQueryView().catch(() => {}), [])
  useFreshSchemas()
  return (
    <Tabs
      label="Queries and history"
      size="s"
      value={tab}
      onChange={setTab}
      tabs={[
        { id: 'queries', title: 'Queries' },
        { id: 'history', title: 'History' },
      ]}
    >
      <div className={styles.explorer}>
        {tab === 'history' ? (
          <History />
        ) : (
          <>
            <Saved />
            <NamedQueries />
            <SchemaTree engine="athena" title="Catalog" />
            <SchemaTree engine="warehouse" title="Warehouse" />
          </>
        )}
      </div>
    </Tabs>
  )
}

function Saved() {
  return (
    <DocumentList
      folder="queries"
      files={queryFiles}
      title="Saved queries"
      icon={FileCode2}
      actions={
        <IconButton
          size="s"
          icon={<FilePlus2 size={14} />}
          label="New query"
          shortcut="Mod+Alt+N"
          onClick={() => newQuery()}
        />
      }
      empty={{
        title: 'No saved queries',
        text: 'A query is a file in queries/ of the workspace.',
        actions: <Button onClick={() => newQuery()}>New query</Button>,
      }}
    />
  )
}

async function* watchNamed(clients: Clients, signal: AbortSignal) {
  await giveWay('features')
  yield* clients.athena.watchNamedQueries({}, { signal })
}

/** What clients of the Athena API have saved by name; nothing where there is none. */
function NamedQueries() {
  const named = useFeed(watchNamed, [])
  const remove = useAction((clients, signal, id: string) => clients.athena.deleteNamedQuery({ id }, { signal }), {
    onError: (error) => notifyError('The named query was not deleted', error),
  })
  const queries = named.data ?? []
  if (queries.length === 0) return null
  const open = (id: string) => {
    const { sql, database, workGroup } = queries.find((one) => one.id === id)!
    newQuery({ engine: 'athena', sql, database, workGroup })
  }
  return (
    <Section title="Named queries" flush>
      <Tree
        label="Named queries"
        fitContent
        openOnClick
        nodes={queries.map(({ id, name, workGroup, description }) => ({
          id,
          label: name,
          icon: <FileCode2 size={14} />,
          detail: workGroup,
          ...(description !== undefined && { tooltip: description }),
        }))}
        onOpen={open}
        onDelete={(id) => void remove.run(id)}
        menu={(id) => [
          { title: 'Open in a new tab', onSelect: () => open(id) },
          'separator',
          { title: 'Delete', danger: true, onSelect: () => void remove.run(id) },
        ]}
      />
    </Section>
  )
}

function SchemaTree({ engine, title }: { engine: Engine; title: string }) {
  const schema = useSchemas((state) => state[engine])
  const nodes = useMemo(
    () =>
      schema.databases.map(
        ({ name, tables }): TreeNode => ({
          id: name,
          label: name,
          icon: engine === 'athena' ? <Database size={14} /> : <Warehouse size={14} />,
          detail: String(tables.length),
          children: tables.map(tableNode),
        }),
      ),
    [schema, engine],
  )
  const find = (id: string) =>
    schema.databases.flatMap(({ tables }) => tables).find((table) => id === `${table.database}.${table.name}`)
  const put = (id: string) => {
    const text = nameInSql(id)
    if (!insertAtCursor(text)) newQuery({ engine, sql: `SELECT *\nFROM ${text}\nLIMIT 100` })
  }
  const menu = (id: string): MenuItem[] => {
    const table = find(id)
    if (!table) return [{ title: 'Put into the text', onSelect: () => put(id) }]
    return [
      {
        title: 'Query first rows',
        onSelect: () =>
          newQuery({ engine, database: table.database, sql: `SELECT *\nFROM ${nameInSql(id)}\nLIMIT 100` }),
      },
      { title: 'Put name into the text', onSelect: () => put(id) },
      {
        title: 'Put columns into the text',
        onSelect: () => void insertAtCursor(table.columns.map(({ name }) => nameInSql(name)).join(', ')),
      },
      'separator',
      { title: 'Copy name', onSelect: () => void navigator.clipboard.writeText(nameInSql(id)) },
      { title: 'Open in the catalog', onSelect: () => openTable(engine, table) },
    ]
  }
  const empty = schema.loaded && schema.databases.every(({ tables }) => tables.length === 0)
  return (
    <Section title={title} flush>
      {schema.error && schema.databases.length === 0 && (
        <ErrorView compact title={`The ${title.toLowerCase()} cannot be read`} error={schema.error} />
      )}
      {!schema.loaded && <Loading />}
      {empty && !schema.error && (
        <EmptyState icon={<BookCopy size={18} />} title="No tables yet">
          {engine === 'athena'
            ? 'Run a pipeline that delivers to a lake table, or write CREATE EXTERNAL TABLE.'
            : 'COPY or CREATE TABLE makes the first one.'}
        </EmptyState>
      )}
      {nodes.length > 0 && !empty && (
        <Tree
          // Branches open by themselves once, when the tables are there.
          key={schema.loaded ? 'loaded' : 'waiting'}
          label={title}
          fitContent
          nodes={nodes}
          defaultExpanded={nodes
            .filter(({ children }) => children && children.length > 0 && children.length <= 20)
            .map(({ id }) => id)}
          unfoldOnClick
          onOpen={put}
          dragText={(id) => id}
          menu={menu}
        />
      )}
    </Section>
  )
}

function tableNode(table: SchemaTable): TreeNode {
  const id = `${table.database}.${table.name}`
  return {
    id,
    label: table.name,
    icon: table.detail === 'view' ? <View size={14} /> : <Table2 size={14} />,
    detail:
      table.rows === undefined ? table.detail : `${formatCompact(table.rows)} ${table.rows === 1 ? 'row' : 'rows'}`,
    ...(table.tooltip && { tooltip: table.tooltip }),
    children: table.columns.map((column) => columnNode(id, column)),
  }
}

function columnNode(table: string, { name, type, comment, partition }: SchemaColumn): TreeNode {
  return {
    id: `${table}.${name}`,
    label: name,
    detail: partition ? `${type} · partition` : type,
    ...((comment ?? partition) && { tooltip: comment ?? 'Conditions on a partition key save bytes.' }),
  }
}
