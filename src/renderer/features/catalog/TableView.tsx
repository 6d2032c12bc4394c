import type { CatalogTable, Partition } from '../../../engines/catalog/contract.ts'
import { formatCost, formatNumber, formatTime, useCall, useFeed, type ViewProps } from '../../lib/index.ts'
import { CopyButton, type DataColumn, DataTable, ErrorView, Loading, PropertyList, Section } from '../../ui/index.ts'
import styles from './catalog.module.css'
import type { TableParams } from './open.ts'
import { qualityParts } from './quality/parts.tsx'
import { TableFrame } from './TableFrame.tsx'
import { useTableTab } from './useTableTab.ts'

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

/** A table of the catalog: its columns, partitions, first rows and definition. */
export function TableView({ params }: ViewProps<TableParams>) {
  const { database, table: name } = params
  useTableTab(params)
  const turn = useFeed((clients, signal) => clients.catalog.watch({}, { signal }), [], {
    initial: 0,
    fold: (count: number, change) => (change.database === database ? count + 1 : count),
  }).data
  const table = useCall(
    (clients, signal) => clients.catalog.getTable({ database, table: name }, { signal }),
    [database, name, turn],
  )
  const partitions = useCall(
    (clients, signal) => clients.catalog.listPartitions({ database, table: name }, { signal }),
    [database, name, turn],
  )
  const estimate = useCall(
    (clients, signal) =>
      clients.athena.estimate({ sql: `SELECT * FROM "${database}"."${name}"`, database }, { signal }),
    [database, name, turn],
  ).data
  if (table.error && !table.data)
    return <ErrorView title={`The table ${database}.${name} cannot be shown`} error={table.error} />
  if (!table.data) return <Loading />
  const { columns, partitionKeys, format, location, versionId, updatedMs } = table.data
  return (
    <TableFrame
      params={params}
      columns={[
        ...columns.map((column) => ({ ...column, marks: [] })),
        ...partitionKeys.map((column) => ({ ...column, marks: ['partition'] })),
      ]}
      turn={turn}
      preview={(clients, sql, signal) => clients.athena.preview({ sql, database, rows: 200 }, { signal })}
      parts={[
        {
          id: 'partitions',
          title: 'Partitions',
          badge: partitions.data?.length,
          content: (
            <DataTable
              label={`Partitions of ${name}`}
              rows={partitions.data ?? []}
              rowKey={(row) => row.location}
              columns={PARTITIONS}
              empty="This table has no partitions."
            />
          ),
        },
        ...qualityParts(
          { engine: 'athena', database, table: name },
          [...columns, ...partitionKeys].map((column) => column.name),
          turn,
        ),
        { id: 'definition', title: 'Definition', content: <Definition table={table.data} /> },
      ]}
      facts={
        <>
          <Section title="Table">
            <PropertyList
              items={[
                ['Database', database],
                ['Format', format],
                [
                  'Location',
                  <span key="location" className={styles.mono}>
                    {location}
                  </span>,
                ],
                ['Version', formatNumber(versionId)],
                ['Changed', formatTime(updatedMs)],
                estimate !== undefined && !estimate.error && ['Files', formatNumber(estimate.files)],
                estimate !== undefined &&
                  !estimate.error && ['Full scan', `${formatCost(estimate.costUsd)} (estimate)`],
              ]}
            />
          </Section>
          <Section title="From AWS clients" open={false}>
            <div className={styles.actions}>
              <CopyButton text={`aws glue get-table --database-name ${database} --name ${name}`} label="CLI" />
              <CopyButton
                text={`new GlueClient({ endpoint: process.env.AWS_ENDPOINT_URL })\n  .send(new GetTableCommand({ DatabaseName: '${database}', Name: '${name}' }))`}
                label="SDK"
              />
            </div>
          </Section>
        </>
      }
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
