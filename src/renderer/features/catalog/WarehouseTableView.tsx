import { formatNumber, useCall, useFeed, type ViewProps } from '../../lib/index.ts'
import { EmptyState, ErrorView, Loading, PropertyList, Section } from '../../ui/index.ts'
import type { TableParams } from './open.ts'
import { qualityParts } from './quality/parts.tsx'
import { TableFrame } from './TableFrame.tsx'
import { useTableTab } from './useTableTab.ts'

/** A table of the warehouse: its columns, first rows and how it is laid out. */
export function WarehouseTableView({ params }: ViewProps<TableParams>) {
  const { database: schema, table: name } = params
  useTableTab(params)
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
  const { columns, distKey, distStyle, sortKeys, rowCount } = table
  return (
    <TableFrame
      params={params}
      columns={columns.map(({ name: column, declared }) => ({
        name: column,
        type: declared,
        marks: [...(column === distKey ? ['distkey'] : []), ...(sortKeys.includes(column) ? ['sortkey'] : [])],
      }))}
      turn={turn}
      preview={(clients, wanted, signal) => clients.warehouse.preview(wanted, { signal })}
      rowCount={rowCount}
      parts={qualityParts(
        { engine: 'warehouse', database: schema, table: name },
        columns.map(({ name: column, declared }) => ({ name: column, type: declared })),
        turn,
      )}
      facts={
        <Section title="Table">
          <PropertyList
            items={[
              ['Schema', schema],
              ['Rows', formatNumber(rowCount)],
              ['Distribution', distKey ? `${distStyle} (${distKey})` : distStyle],
              ['Sort key', sortKeys.length > 0 ? sortKeys.join(', ') : 'none'],
            ]}
          />
        </Section>
      }
    />
  )
}
