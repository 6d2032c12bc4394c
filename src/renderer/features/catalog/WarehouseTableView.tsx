import { Play } from 'lucide-react'
import type { WarehouseTable } from '../../../engines/warehouse/contract.ts'
import { formatNumber, Inspector, useCall, useFeed, useRemembered, type ViewProps } from '../../lib/index.ts'
import {
  Badge,
  Button,
  type DataColumn,
  DataTable,
  EmptyState,
  ErrorView,
  Loading,
  Page,
  PropertyList,
  Section,
  Tabs,
} from '../../ui/index.ts'
import { firstRows, openQuery, type TableParams } from './open.ts'
import { Rows } from './Rows.tsx'
import { useTableTab } from './useTableTab.ts'

type ColumnRow = { place: number; name: string; type: string; keys: readonly string[] }

const COLUMNS: readonly DataColumn<ColumnRow>[] = [
  { id: 'place', title: '#', kind: 'number', width: 48, value: (row) => row.place },
  {
    id: 'name',
    title: 'Column',
    mono: true,
    width: 260,
    value: (row) => row.name,
    render: (_, row) => (
      <>
        {row.name}{' '}
        {row.keys.map((key) => (
          <Badge key={key}>{key}</Badge>
        ))}
      </>
    ),
  },
  { id: 'type', title: 'Type', mono: true, width: 220, value: (row) => row.type },
]

/** A table of the warehouse: its columns, first rows and how it is laid out. */
export function WarehouseTableView({ params }: ViewProps<TableParams>) {
  const { database: schema, table: name } = params
  useTableTab(params)
  const [part, setPart] = useRemembered<string>('catalog.part', 'columns')
  const turn = useFeed((clients, signal) => clients.warehouse.watch({}, { signal }), [], {
    initial: 0,
    fold: (count: number, change) => (change.schema === schema && change.table === name ? count + 1 : count),
  }).data
  const tables = useCall((clients, signal) => clients.warehouse.listTables({}, { signal }), [turn])
  const table = tables.data?.find((candidate) => candidate.schema === schema && candidate.name === name)
  if (tables.error && !tables.data)
    return <ErrorView title={`The table ${schema}.${name} cannot be shown`} error={tables.error} />
  if (!tables.data) return <Loading />
  if (!table)
    return <EmptyState title={`${schema}.${name} is not there`}>It was dropped from the warehouse.</EmptyState>
  return (
    <Page
      path={[{ title: 'Warehouse' }, { title: schema }, { title: name }]}
      scroll={false}
      actions={
        <Button
          size="s"
          icon={<Play size={13} />}
          onClick={() => openQuery('warehouse', firstRows(`${schema}.${name}`))}
        >
          Query
        </Button>
      }
    >
      <Tabs
        label="Table"
        size="s"
        value={part === 'rows' ? 'rows' : 'columns'}
        onChange={setPart}
        tabs={[
          { id: 'columns', title: 'Columns', badge: table.columns.length },
          { id: 'rows', title: 'First rows' },
        ]}
      >
        {part === 'rows' ? (
          <Rows
            label={`${schema}.${name}`}
            ask={(clients, signal) =>
              clients.warehouse.preview({ sql: `SELECT * FROM "${schema}"."${name}"`, rows: 200 }, { signal })
            }
            deps={[schema, name, turn]}
            empty="The table has no rows yet."
            failed="The rows cannot be read"
          />
        ) : (
          <DataTable
            label={`Columns of ${name}`}
            rows={columnRows(table)}
            rowKey={(row) => row.name}
            columns={COLUMNS}
          />
        )}
      </Tabs>
      <Inspector>
        <Section title="Table">
          <PropertyList
            items={[
              ['Schema', schema],
              ['Rows', formatNumber(table.rowCount)],
              ['Distribution', table.distKey ? `${table.distStyle} (${table.distKey})` : table.distStyle],
              ['Sort key', table.sortKeys.length > 0 ? table.sortKeys.join(', ') : 'none'],
            ]}
          />
        </Section>
      </Inspector>
    </Page>
  )
}

function columnRows({ columns, distKey, sortKeys }: WarehouseTable): ColumnRow[] {
  return columns.map(({ name, declared }, index) => ({
    place: index + 1,
    name,
    type: declared,
    keys: [...(name === distKey ? ['distkey'] : []), ...(sortKeys.includes(name) ? ['sortkey'] : [])],
  }))
}
