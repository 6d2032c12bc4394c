import { use, useMemo, useState } from 'react'
import type { Sheet } from '../../../../engines/bi/dashboard.ts'
import type { Column } from '../../../../engines/kit/pure/table.ts'
import { useRemembered } from '../../../lib/index.ts'
import { EmptyState, SearchInput, Select, Tree, type TreeNode } from '../../../ui/index.ts'
import { DataSetsContext, useDashboard, useReader } from '../context.ts'
import { editVisual } from '../model/edit.ts'
import { isMeasure, kindFor, suggestFields, wordsOf } from '../model/fields.ts'
import { dragText, placeField } from '../model/wells.ts'
import { useAdd } from '../useAdd.ts'
import styles from './editor.module.css'
import { ColumnIcon } from './FieldWell.tsx'

const OPEN = ['dimensions', 'measures']

/** The columns of a data set, to be dragged onto visuals and wells. Enter puts one into the selected visual, or draws it anew. */
export function FieldList({ sheet }: { sheet: Sheet }) {
  const { session } = useDashboard()
  const { byId } = use(DataSetsContext)
  const add = useAdd(sheet)
  const selected = useReader((state) => state.selected)
  const visual = sheet.visuals.find(({ id }) => id === selected)
  const [remembered, setRemembered] = useRemembered('dashboards.fieldSet', '')
  const [search, setSearch] = useState('')
  const set =
    byId.get(visual?.dataSet ?? remembered) ?? add.dataSets.find(({ id }) => id === remembered) ?? add.dataSets[0]
  const columns = useMemo(() => {
    const needle = search.toLowerCase()
    return (set?.columns ?? []).filter(({ name }) => `${name} ${wordsOf(name)}`.toLowerCase().includes(needle))
  }, [set, search])
  if (!set)
    return (
      <div className={styles.fieldList}>
        <EmptyState title="No fields">Run a pipeline that makes a data set.</EmptyState>
      </div>
    )
  const leaf = (column: Column): TreeNode => ({
    id: column.name,
    label: wordsOf(column.name),
    icon: <ColumnIcon column={column} />,
    tooltip: `${column.name} · ${column.declared}`,
  })
  const nodes: TreeNode[] = [
    { id: 'dimensions', label: 'Dimensions', children: columns.filter((column) => !isMeasure(column)).map(leaf) },
    { id: 'measures', label: 'Measures', children: columns.filter(isMeasure).map(leaf) },
  ]
  const take = (name: string) => {
    const column = set.columns.find((its) => its.name === name)
    if (!column) return
    if (visual && visual.dataSet === set.id)
      session.apply('Add field', (document) => editVisual(document, visual.id, (its) => placeField(its, column)))
    else {
      const kind = kindFor(column)
      const others = set.columns.filter((its) => its.name !== name)
      add.visual(kind, suggestFields(kind, [column, ...others]), set)
    }
  }
  return (
    <aside className={styles.fieldList} aria-label="Fields">
      <div className={styles.fieldTools}>
        <Select
          label="Data set of the fields"
          value={set.id}
          options={add.dataSets.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={setRemembered}
          disabled={visual !== undefined}
        />
        <SearchInput label="Find a field" value={search} onChange={setSearch} />
      </div>
      <div className={styles.fieldTree}>
        <Tree
          label={`Fields of ${set.name}`}
          nodes={nodes}
          fitContent
          defaultExpanded={OPEN}
          onOpen={take}
          dragText={(id) => (OPEN.includes(id) ? null : dragText({ dataSet: set.id, column: id }))}
        />
      </div>
      <p className={styles.hint}>Drag a field onto a visual, or press Enter on it.</p>
    </aside>
  )
}
