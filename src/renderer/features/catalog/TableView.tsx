import { Play } from 'lucide-react'
import { useMemo } from 'react'
import type { CatalogTable, Partition } from '../../../engines/catalog/contract.ts'
import {
  formatCost,
  formatNumber,
  formatTime,
  Inspector,
  openView,
  tableColumns,
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

export function TableView({ params }: ViewProps<{ database: string; table: string }>) {
  const { database } = params
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
  const sql = `SELECT *\nFROM ${database}.${params.table}\nLIMIT 100`
  return (
    <Page
      path={[{ title: 'Catalog' }, { title: database }, { title: params.table }]}
      scroll={false}
      actions={
        <Button
          size="s"
          icon={<Play size={13} />}
          onClick={() => openView('sql.editor', { path: '', sql, engine: 'athena' })}
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
        {part === 'rows' && <FirstRows database={database} table={params.table} turn={turn.data} />}
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

/** The first rows by a real query, so that they are what Athena's clients get. */
function FirstRows({ database, table, turn }: { database: string; table: string; turn: number }) {
  const rows = useCall(
    async (clients, signal) => {
      const { queryId } = await clients.athena.startQuery(
        { sql: `SELECT * FROM "${database}"."${table}" LIMIT 200`, database },
        { signal },
      )
      for await (const query of clients.athena.watchQuery({ queryId }, { signal })) if (query.error) throw query.error
      return clients.athena.results({ queryId, rows: 200 }, { signal })
    },
    [database, table, turn],
  )
  const columns = useMemo(() => tableColumns(rows.data?.columns ?? []), [rows.data])
  const list = useMemo(
    () =>
      rows.data
        ? Array.from({ length: rows.data.rowCount }, (_, r) => rows.data!.values.map((column) => column[r]))
        : [],
    [rows.data],
  )
  if (rows.error) return <ErrorView title="The rows cannot be read" error={rows.error} />
  if (!rows.data) return <Loading />
  return (
    <DataTable
      label={`${database}.${table}`}
      rows={list}
      rowKey={(_, index) => String(index)}
      columns={columns}
      empty="The table has no rows yet."
    />
  )
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
