import { Play } from 'lucide-react'
import type { CatalogTable, Partition } from '../../../engines/catalog/contract.ts'
import {
  formatCost,
  formatNumber,
  formatTime,
  Inspector,
  useCall,
  useFeed,
  useRemembered,
  type ViewProps,
} from '../../lib/index.ts'
import {
  Badge,
  Button,
  CopyButton,
  type DataColumn,
  DataTable,
  ErrorView,
  Loading,
  Page,
  PropertyList,
  Section,
  Tabs,
} from '../../ui/index.ts'
import styles from './catalog.module.css'
import { firstRows, openQuery, type TableParams } from './open.ts'
import { Rows } from './Rows.tsx'
import { useTableTab } from './useTableTab.ts'

type Part = 'columns' | 'partitions' | 'rows' | 'definition'
type ColumnRow = { place: number; name: string; type: string; partition: boolean; comment: string }

const COLUMNS: readonly DataColumn<ColumnRow>[] = [
  { id: 'place', title: '#', kind: 'number', width: 48, value: (row) => row.place },
  {
    id: 'name',
    title: 'Column',
    mono: true,
    width: 220,
    value: (row) => row.name,
    render: (_, row) => (
      <>
        {row.name} {row.partition && <Badge>partition</Badge>}
      </>
    ),
  },
  { id: 'type', title: 'Type', mono: true, width: 200, value: (row) => row.type },
  { id: 'comment', title: 'Comment', value: (row) => row.comment },
]

const PARTITIONS: readonly DataColumn<Partition>[] = [
  { id: 'values', title: 'Values', mono: true, width: 220, value: (row) => row.values.join(' / ') },
  { id: 'location', title: 'Location', mono: true, width: 480, value: (row) => row.location },
  {
    id: 'created',
    title: 'Added',
    width: 170,
    value: (row) => row.createdMs,
    render: (value) => formatTime(Number(value)),
  },
]

export function TableView({ params }: ViewProps<TableParams>) {
  const { database } = params
  useTableTab(params)
  const [part, setPart] = useRemembered<Part>('catalog.part', 'columns')
  const turn = useFeed((clients, signal) => clients.catalog.watch({}, { signal }), [], {
    initial: 0,
    fold: (count: number, change) => (change.database === database ? count + 1 : count),
  })
  const table = useCall(
    (clients, signal) => clients.catalog.getTable({ database, table: params.table }, { signal }),
    [database, params.table, turn.data],
  )
  const partitions = useCall(
    (clients, signal) => clients.catalog.listPartitions({ database, table: params.table }, { signal }),
    [database, params.table, turn.data],
  )
  const estimate = useCall(
    (clients, signal) =>
      clients.athena.estimate({ sql: `SELECT * FROM "${database}"."${params.table}"`, database }, { signal }),
    [database, params.table, turn.data],
  )
  if (table.error && !table.data)
    return <ErrorView title={`The table ${database}.${params.table} cannot be shown`} error={table.error} />
  if (!table.data) return <Loading />
  return (
    <Page
      path={[{ title: 'Catalog' }, { title: database }, { title: params.table }]}
      scroll={false}
      actions={
        <Button
          size="s"
          icon={<Play size={13} />}
          onClick={() => openQuery('athena', firstRows(`${database}.${params.table}`), database)}
        >
          Query
        </Button>
      }
    >
      <Tabs
        label="Table"
        size="s"
        value={part}
        onChange={setPart}
        tabs={[
          { id: 'columns', title: 'Columns', badge: table.data.columns.length + table.data.partitionKeys.length },
          { id: 'partitions', title: 'Partitions', badge: partitions.data?.length },
          { id: 'rows', title: 'First rows' },
          { id: 'definition', title: 'Definition' },
        ]}
      >
        {part === 'columns' && (
          <DataTable
            label={`Columns of ${params.table}`}
            rows={columnRows(table.data)}
            rowKey={(row) => row.name}
            columns={COLUMNS}
          />
        )}
        {part === 'partitions' && (
          <DataTable
            label={`Partitions of ${params.table}`}
            rows={partitions.data ?? []}
            rowKey={(row) => row.location}
            columns={PARTITIONS}
            empty="This table has no partitions."
          />
        )}
        {part === 'rows' && (
          <Rows
            label={`${database}.${params.table}`}
            ask={(clients, signal) =>
              clients.athena.preview(
                { sql: `SELECT * FROM "${database}"."${params.table}"`, database, rows: 200 },
                { signal },
              )
            }
            deps={[database, params.table, turn.data]}
            empty="The table has no rows yet."
            failed="The rows cannot be read"
          />
        )}
        {part === 'definition' && <Definition table={table.data} />}
      </Tabs>
      <Inspector>
        <Section title="Table">
          <PropertyList
            items={[
              ['Database', database],
              ['Format', table.data.format],
              [
                'Location',
                <span key="location" className={styles.mono}>
                  {table.data.location}
                </span>,
              ],
              ['Version', formatNumber(table.data.versionId)],
              ['Changed', formatTime(table.data.updatedMs)],
              estimate.data !== undefined && !estimate.data.error && ['Files', formatNumber(estimate.data.files)],
              estimate.data !== undefined &&
                !estimate.data.error && ['Full scan', `${formatCost(estimate.data.costUsd)} (estimate)`],
            ]}
          />
        </Section>
        <Section title="From AWS clients" open={false}>
          <div className={styles.actions}>
            <CopyButton text={`aws glue get-table --database-name ${database} --name ${params.table}`} label="CLI" />
            <CopyButton
              text={`new GlueClient({ endpoint: process.env.AWS_ENDPOINT_URL })\n  .send(new GetTableCommand({ DatabaseName: '${database}', Name: '${params.table}' }))`}
              label="SDK"
            />
          </div>
        </Section>
      </Inspector>
    </Page>
  )
}

function columnRows(table: CatalogTable): ColumnRow[] {
  const all = [
    ...table.columns.map((column) => ({ column, partition: false })),
    ...table.partitionKeys.map((column) => ({ column, partition: true })),
  ]
  return all.map(({ column, partition }, index) => ({
    place: index + 1,
    name: column.name,
    type: column.type,
    partition,
    comment: column.comment ?? '',
  }))
}

function Definition({ table }: { table: CatalogTable }) {
  const text = JSON.stringify(table, null, 2)
  return (
    <div className={styles.definition}>
      <CopyButton text={text} label="Copy definition" />
      <pre className={styles.code} data-selectable>
        {table.viewText ?? text}
      </pre>
    </div>
  )
}
