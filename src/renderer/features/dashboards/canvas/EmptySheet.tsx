import { LayoutDashboard } from 'lucide-react'
import type { Sheet } from '../../../../engines/bi/dashboard.ts'
import { openView, useClients } from '../../../lib/index.ts'
import { Button, EmptyState } from '../../../ui/index.ts'
import { charts } from '../charts/index.ts'
import { DRAG_TYPE, readDrag } from '../model/wells.ts'
import { useAdd } from '../useAdd.ts'
import { useDropField } from '../useDropField.ts'
import styles from './canvas.module.css'

const FIRST = ['kpi', 'line', 'bar', 'combo', 'pie', 'table', 'heatmap', 'scatter'] as const

/** A sheet without anything on it offers the first step: a visual that is already filled. */
export function EmptySheet({ sheet }: { sheet: Sheet }) {
  const add = useAdd(sheet)
  const drop = useDropField(sheet)
  const clients = useClients()
  const openSample = async () => {
    const [first] = await clients.workspace.listDocuments({ folder: 'pipelines' })
    if (first) openView('builder.pipeline', { path: first.path })
    else openView('home.start')
  }
  if (add.dataSets.length === 0)
    return (
      <div className={styles.empty}>
        <EmptyState
          icon={<LayoutDashboard size={20} />}
          title="No data to show yet"
          actions={<Button onClick={() => void openSample()}>Open the pipeline</Button>}
        >
          Visuals draw from data sets. Run a pipeline that ends in a data set, and its rows can be drawn here.
        </EmptyState>
      </div>
    )
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: what is dropped here can be chosen below too
    <div
      className={styles.empty}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        const field = readDrag(event.dataTransfer.getData(DRAG_TYPE))
        if (field) drop(field, null)
      }}
    >
      <EmptyState icon={<LayoutDashboard size={20} />} title="This sheet is empty">
        Choose a visual: it starts with fields of {add.dataSets[0].name}, which you then change in the inspector.
      </EmptyState>
      <div className={styles.kinds}>
        {FIRST.map((kind) => {
          const { icon: Icon, title, summary } = charts[kind]
          return (
            <button key={kind} type="button" className={styles.kind} onClick={() => add.visual(kind)}>
              <Icon size={18} aria-hidden />
              {title}
              <small>{summary}</small>
            </button>
          )
        })}
      </div>
    </div>
  )
}
