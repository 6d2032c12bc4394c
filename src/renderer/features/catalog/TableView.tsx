import { Pencil } from 'lucide-react'
import { useState } from 'react'
import type { CatalogTable } from '../../../engines/catalog/contract.ts'
import { formatCost, formatNumber, formatTime, useCall, useFeed, type ViewProps } from '../../lib/index.ts'
import { Button, CopyButton, ErrorView, Loading, PropertyList, Section } from '../../ui/index.ts'
import styles from './catalog.module.css'
import type { TableParams } from './open.ts'
import { qualityParts } from './quality/parts.tsx'
import { RowCount, useRowCount } from './RowCount.tsx'
import { TableFrame } from './TableFrame.tsx'
import { EditTable } from './table/EditTable.tsx'
import { Partitions } from './table/Partitions.tsx'
import { Versions } from './table/Versions.tsx'
import { useTableTab } from './useTableTab.ts'

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
  const versions = useCall(
    (clients, signal) => clients.catalog.listTableVersions({ database, table: name }, { signal }),
    [database, name, turn],
  )
  const [editing, setEditing] = useState(false)
  const estimate = useCall(
    (clients, signal) =>
      clients.athena.estimate({ sql: `SELECT * FROM "${database}"."${name}"`, database }, { signal }),
    [database, name, turn],
  ).data
  const rows = useRowCount(database, name, turn, estimate)
  if (table.error && !table.data)
    return <ErrorView title={`The table ${database}.${name} cannot be shown`} error={table.error} />
  if (!table.data) return <Loading />
  const { attached, columns, partitionKeys, format, location, versionId, updatedMs } = table.data
  return (
    <TableFrame
      params={params}
      actions={
        !attached && (
          <>
            <Button size="s" icon={<Pencil size={13} />} onClick={() => setEditing(true)}>
              Edit…
            </Button>
            <EditTable table={table.data} open={editing} onClose={() => setEditing(false)} />
          </>
        )
      }
      columns={[
        ...columns.map((column) => ({ ...column, marks: [] })),
        ...partitionKeys.map((column) => ({ ...column, marks: ['partition'] })),
      ]}
      turn={turn}
      preview={(clients, wanted, signal) => clients.athena.preview({ ...wanted, database }, { signal })}
      rowCount={rows.count}
      parts={[
        ...(attached
          ? []
          : [
              {
                id: 'partitions',
                title: 'Partitions',
                badge: partitions.data?.length,
                content: <Partitions table={table.data} partitions={partitions.data ?? []} />,
              },
              {
                id: 'versions',
                title: 'Versions',
                badge: versions.data?.length,
                content: <Versions versions={versions.data ?? []} />,
              },
            ]),
        ...qualityParts({ engine: 'athena', database, table: name }, [...columns, ...partitionKeys], turn),
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
                    {attached?.source ?? location}
                  </span>,
                ],
                ['Rows', <RowCount key="rows" {...rows} />],
                !attached && ['Version', formatNumber(versionId)],
                [attached ? 'Attached' : 'Changed', formatTime(updatedMs)],
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
