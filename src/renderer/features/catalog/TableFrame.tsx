import { Play } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Clients } from '../../../engines/contract.ts'
import type { Column, TablePage } from '../../../engines/kit/pure/table.ts'
import type { Term } from '../../../engines/results/contract.ts'
import { Inspector, tableColumns } from '../../lib/index.ts'
import { Badge, Button, type DataColumn, DataTable, Page, parseTerms, Tabs } from '../../ui/index.ts'
import { firstRows, openQuery, type TableParams } from './open.ts'
import { Rows } from './Rows.tsx'
import { usePart } from './usePart.ts'
import { rowsWhere } from './where.ts'

export interface ColumnRow {
  readonly name: string
  readonly type: string
  /** What the column is besides, such as "partition" or "sortkey". */
  readonly marks: readonly string[]
  readonly comment?: string | undefined
}

/** A part of the page beside columns and first rows. */
interface Part {
  readonly id: string
  readonly title: string
  readonly badge?: number | undefined
  readonly content: ReactNode
}

const COLUMNS: readonly DataColumn<ColumnRow & { place: number }>[] = [
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
        {row.marks.map((mark) => (
          <Badge key={mark}>{mark}</Badge>
        ))}
      </>
    ),
  },
  { id: 'type', title: 'Type', mono: true, width: 220, value: (row) => row.type },
]
const COMMENT: DataColumn<ColumnRow & { place: number }> = {
  id: 'comment',
  title: 'Comment',
  value: (row) => row.comment ?? '',
}

const FIRST_ROWS = 200

/** What is typed into a filter, by places of columns. */
function termsOf(columns: readonly Column[], filter: string): Term[] {
  const shown = tableColumns(columns)
  return parseTerms(filter, shown).map((term) => ({
    ...term,
    column: term.column === null ? null : shown.findIndex(({ id }) => id === term.column),
  }))
}

/** A table of either engine: columns, first rows and what else there is in tabs, facts in the inspector. */
export function TableFrame({
  params,
  columns,
  turn,
  preview,
  rowCount,
  parts = [],
  facts,
  actions,
}: {
  params: TableParams
  columns: readonly ColumnRow[]
  /** Rises with each change of the table: its rows are then read again. */
  turn: number
  preview: (clients: Clients, wanted: { sql: string; rows: number }, signal: AbortSignal) => Promise<TablePage>
  /** How many rows there are; null where nobody counted them. */
  rowCount: number | null
  parts?: readonly Part[]
  facts: ReactNode
  /** Before the button that queries. */
  actions?: ReactNode
}) {
  const { database, table, engine = 'athena' } = params
  const [wanted, setPart] = usePart(engine, database, table)
  const tabs = [
    { id: 'columns', title: 'Columns', badge: columns.length },
    ...parts,
    { id: 'rows', title: 'First rows' },
  ]
  const part = tabs.some(({ id }) => id === wanted) ? wanted : 'columns'
  return (
    <Page
      path={[{ title: engine === 'athena' ? 'Catalog' : 'Warehouse' }, { title: database }, { title: table }]}
      scroll={false}
      actions={
        <>
          {actions}
          <Button
            size="s"
            icon={<Play size={13} />}
            onClick={() =>
              openQuery(engine, firstRows(`${database}.${table}`), engine === 'athena' ? database : undefined)
            }
          >
            Query
          </Button>
        </>
      }
    >
      <Tabs label="Table" size="s" value={part} onChange={setPart} tabs={tabs}>
        {part === 'columns' && (
          <DataTable
            label={`Columns of ${table}`}
            noun="column"
            rows={columns.map((column, index) => ({ ...column, place: index + 1 }))}
            rowKey={(row) => row.name}
            columns={columns.some(({ comment }) => comment) ? [...COLUMNS, COMMENT] : COLUMNS}
          />
        )}
        {part === 'rows' && (
          <Rows
            label={`${database}.${table}`}
            most={FIRST_ROWS}
            of={rowCount}
            ask={(clients, rows, signal) =>
              preview(clients, { sql: `SELECT * FROM "${database}"."${table}"`, rows }, signal)
            }
            deps={[database, table, turn]}
            onBeyond={(read, filter) =>
              openQuery(
                engine,
                rowsWhere(engine, params, read, termsOf(read, filter)),
                engine === 'athena' ? database : undefined,
              )
            }
            empty="The table has no rows yet."
            failed="The rows cannot be read"
          />
        )}
        {parts.find(({ id }) => id === part)?.content}
      </Tabs>
      <Inspector>{facts}</Inspector>
    </Page>
  )
}
