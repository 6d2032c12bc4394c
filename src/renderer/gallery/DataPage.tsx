import { Database, Table2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { tableColumns } from '../lib/tables.ts'
import { DataTable, type PagedSource, SplitPane, Tree, type TreeNode } from '../ui/index.ts'
import styles from './gallery.module.css'

const CARRIERS = ['AA', 'DL', 'UA', 'WN', 'B6', 'AS']
const COLUMNS = tableColumns([
  { name: 'flight', type: 'bigint', declared: 'bigint' },
  { name: 'carrier', type: 'string', declared: 'varchar' },
  { name: 'origin', type: 'string', declared: 'varchar' },
  { name: 'departed', type: 'timestamp', declared: 'timestamp(3)' },
  { name: 'delay', type: 'double', declared: 'double' },
  { name: 'cancelled', type: 'boolean', declared: 'boolean' },
  { name: 'remark', type: 'string', declared: 'varchar' },
])
const SOURCE: PagedSource = {
  rowCount: 1_000_000,
  page: async (start, count) => {
    const rows = Array.from({ length: count }, (_, index) => start + index)
    return [
      rows.map((row) => String(9_007_199_254_740_993n + BigInt(row))),
      rows.map((row) => CARRIERS[row % CARRIERS.length]),
      rows.map((row) => ['JFK', 'SFO', 'ORD', 'ATL'][row % 4]),
      rows.map((row) => new Date(Date.UTC(2001, 0, 1) + row * 61_000).toISOString().slice(0, 19).replace('T', ' ')),
      rows.map((row) => (row % 11 === 0 ? null : ((row * 7919) % 2400) / 10 - 30)),
      rows.map((row) => row % 53 === 0),
      rows.map((row) => (row % 3 === 0 ? null : `weather report ${row}`)),
    ]
  },
}

/** A million rows by pages, and a tree of thousands. */
export function DataPage() {
  const [selected, setSelected] = useState<string | null>(null)
  const [size, setSize] = useState(280)
  const nodes = useMemo<TreeNode[]>(
    () =>
      Array.from({ length: 40 }, (_, database) => ({
        id: `d${database}`,
        label: `database_${database}`,
        icon: <Database size={14} />,
        detail: 100,
        children: Array.from({ length: 100 }, (_unused, table) => ({
          id: `d${database}t${table}`,
          label: `table_${table}`,
          icon: <Table2 size={14} />,
          detail: 'parquet',
        })),
      })),
    [],
  )
  return (
    <div className={styles.fill}>
      <SplitPane
        label="Tree width"
        size={size}
        onSize={setSize}
        first={
          <Tree label="Catalog" nodes={nodes} selected={selected} onSelect={setSelected} defaultExpanded={['d0']} />
        }
        second={<DataTable label="flights" source={SOURCE} columns={COLUMNS} />}
      />
    </div>
  )
}
