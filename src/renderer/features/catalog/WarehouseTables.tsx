import { Columns3, Table2, Warehouse } from 'lucide-react'
import { useMemo } from 'react'
import type { WarehouseTable } from '../../../engines/warehouse/contract.ts'
import { formatCompact, useCall, useFeed, useShown } from '../../lib/index.ts'
import { Button, type MenuItem, Section, Tree, type TreeNode } from '../../ui/index.ts'
import { Listed } from './Listed.tsx'
import { firstRows, openQuery, openTable, previewTable, type TableParams } from './open.ts'
import { useChoosePart } from './usePart.ts'

const copy = (text: string) => () => void navigator.clipboard.writeText(text)

export function WarehouseTables() {
  const turn = useFeed((clients, signal) => clients.warehouse.watch({}, { signal }), [], {
    initial: 0,
    fold: (count: number) => count + 1,
  })
  const tables = useCall((clients, signal) => clients.warehouse.listTables({}, { signal }), [turn.data])
  const nodes = useMemo(() => nodesOf(tables.data ?? []), [tables.data])
  const choosePart = useChoosePart()
  const find = (id: string) => tables.data?.find(({ schema, name }) => id === `t:${schema}.${name}`)
  const shown = useShown<TableParams>('catalog.table')
  const withTable = (act: typeof openTable) => (id: string) => {
    const table = find(id)
    if (table) act('warehouse', table.schema, table.name)
  }
  const menu = (id: string): MenuItem[] => {
    const table = find(id)
    if (!table) return [{ title: 'Copy name', onSelect: copy(id.slice(Math.max(id.lastIndexOf('.'), 1) + 1)) }]
    const name = `${table.schema}.${table.name}`
    return [
      { title: 'Open', shortcut: 'Enter', onSelect: () => openTable('warehouse', table.schema, table.name) },
      {
        title: 'Preview rows',
        onSelect: () => {
          choosePart('warehouse', table.schema, table.name, 'rows')
          previewTable('warehouse', table.schema, table.name)
        },
      },
      { title: 'Query', onSelect: () => openQuery('warehouse', firstRows(name)) },
      'separator',
      { title: 'Copy name', onSelect: copy(name) },
    ]
  }
  return (
    <Section title="Warehouse" flush>
      <Listed
        call={tables}
        empty={tables.data?.length === 0}
        what="The warehouse"
        hint="Tables that COPY or SQL makes in the warehouse appear here."
        action={
          <Button onClick={() => openQuery('warehouse', 'CREATE TABLE first (id integer, name varchar(100));')}>
            Write one
          </Button>
        }
      >
        <Tree
          // The schemas unfold by themselves once, when they are there.
          key={tables.data ? 'loaded' : 'waiting'}
          label="Warehouse"
          fitContent
          nodes={nodes}
          selected={shown?.engine === 'warehouse' ? `t:${shown.database}.${shown.table}` : null}
          defaultExpanded={nodes.map(({ id }) => id)}
          onPreview={withTable(previewTable)}
          onOpen={withTable(openTable)}
          dragText={(id) => (id.startsWith('s:') ? null : id.slice(2))}
          menu={menu}
        />
      </Listed>
    </Section>
  )
}

function nodesOf(tables: readonly WarehouseTable[]): TreeNode[] {
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
        detail: `${formatCompact(table.rowCount)} ${table.rowCount === 1 ? 'row' : 'rows'}`,
        opens: true,
        children: table.columns.map((column) => ({
          id: `c:${schema}.${table.name}.${column.name}`,
          label: column.name,
          icon: <Columns3 size={13} />,
          detail: column.declared,
        })),
      })),
  }))
}
