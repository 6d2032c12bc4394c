import { Pause, Pin, Play } from 'lucide-react'
import { useMemo, useState } from 'react'
import { EngineError } from '../../../../engines/kit/pure/errors.ts'
import type { Cell, Column } from '../../../../engines/kit/pure/table.ts'
import { runCommand, tableColumns, useRemembered } from '../../../lib/index.ts'
import {
  Badge,
  Button,
  CopyButton,
  DataTable,
  EMPTY_LAYOUT,
  EmptyState,
  ErrorView,
  IconButton,
  SplitPane,
  type TableLayout,
} from '../../../ui/index.ts'
import { useActions } from '../actions.ts'
import { useDocument, useRun, useSession, useUi, useWireView } from '../context.ts'
import { type Document, type ItemKey, itemOf } from '../model/items.ts'
import { titleOf } from '../model/ports.ts'
import styles from './panes.module.css'
import { type Place, useRows } from './useRows.ts'

/** The rows at the selected node or wire, live: to look at, to copy, to pin. */
export function RowsPane() {
  const document = useDocument()
  const selection = useSession((state) => state.selection)
  const run = useRun()
  const place = useMemo(() => placeOf(selection, document), [selection, document])
  if (!run)
    return (
      <EmptyState
        title="No rows yet"
        actions={
          <Button icon={<Play size={14} />} onClick={() => runCommand('builder.run')}>
            Run
          </Button>
        }
      >
        Run the pipeline, then choose a wire or a node to see the rows that pass there.
      </EmptyState>
    )
  if (!place)
    return <EmptyState title="Nothing chosen">Choose a wire or a node to see the rows that pass there.</EmptyState>
  return <PlaceRows key={JSON.stringify(place.at)} {...place} />
}

interface RowsPlace {
  at: Place
  title: string
  /** The node whose output these rows are: what they are pinned to. */
  source: string
}

function placeOf(selection: ReadonlySet<ItemKey>, document: Document): RowsPlace | null {
  const items = [...selection].map(itemOf)
  const wire = document.wires.find((w) => items.some((i) => i.sort === 'wire' && i.id === w.id))
  const name = (id: string) => titleOf(document.nodes.find((n) => n.id === id) ?? { ...EMPTY, id, kind: id })
  const nodes = document.nodes.filter((n) => items.some((i) => i.sort === 'node' && i.id === n.id))
  if (nodes.length === 1) return { at: { node: nodes[0].id }, title: titleOf(nodes[0]), source: nodes[0].id }
  if (wire)
    return { at: { wire: wire.id }, title: `${name(wire.from.node)} → ${name(wire.to.node)}`, source: wire.from.node }
  return null
}

const EMPTY = { version: 1, position: { x: 0, y: 0 }, config: {} }

function PlaceRows({ at, title, source }: RowsPlace) {
  const actions = useActions()
  const [held, setHeld] = useState(false)
  const [chosen, setChosen] = useState<readonly Cell[] | null>(null)
  const [layout, setLayout] = useRemembered<TableLayout>('builder.rows', EMPTY_LAYOUT)
  const [jsonWidth, setJsonWidth] = useRemembered('builder.json', 320)
  const stale = useUi((ui) => ui.stale.nodes.has(source))
  const { columns, rows, error } = useRows(at, held)
  const tableCols = useMemo(() => tableColumns(columns), [columns])
  const paused = useWireView('wire' in at ? at.wire : '')?.paused ?? false
  const shown = paused ? rows[0] : chosen
  if (error instanceof EngineError && error.code === 'RunIsOver')
    return (
      <EmptyState title="Rows are not kept after the run">
        What it counted is on the canvas and under Run. The rows themselves are in its sinks; those on the way can be
        seen while a run goes, and after the last few runs until Millrace ends.
      </EmptyState>
    )
  if (error) return <ErrorView title="The rows cannot be shown" error={error} />
  return (
    <SplitPane
      sized="second"
      size={shown ? jsonWidth || 320 : 0}
      onSize={(size) => (size === 0 ? setChosen(null) : setJsonWidth(size))}
      label="Row as JSON"
      first={
        <DataTable
          label={`Rows at ${title}`}
          rows={rows}
          rowKey={(_, index) => String(index)}
          columns={tableCols}
          layout={layout}
          onLayout={setLayout}
          onSelect={setChosen}
          empty="No row has passed here yet."
          tools={
            <>
              <span className={styles.place}>{title}</span>
              {stale && (
                <span title="These rows came before the document was changed">
                  <Badge tone="warn">earlier version</Badge>
                </span>
              )}
              <IconButton
                size="s"
                icon={held ? <Play size={14} /> : <Pause size={14} />}
                label={held ? 'Follow the rows again' : 'Hold these rows'}
                pressed={held}
                onClick={() => setHeld(!held)}
              />
              <Button
                size="s"
                icon={<Pin size={13} />}
                disabled={rows.length === 0}
                title="Keeps these rows as this node's output, for runs that start later"
                onClick={() =>
                  actions.pin(
                    source,
                    columns.map((c) => c.name),
                    rows.map((row) => [...row]),
                  )
                }
              >
                Pin {rows.length > 0 ? rows.length.toLocaleString() : ''}
              </Button>
            </>
          }
        />
      }
      second={shown && <RowJson columns={columns} row={shown} held={paused} />}
    />
  )
}

function RowJson({ columns, row, held }: { columns: readonly Column[]; row: readonly Cell[]; held: boolean }) {
  const text = useMemo(() => {
    const object = Object.fromEntries(columns.map((column, i) => [column.name, cellValue(column, row[i])]))
    return JSON.stringify(object, null, 2)
  }, [columns, row])
  return (
    <section className={styles.json} aria-label="Row as JSON">
      <div className={styles.jsonBar}>
        <span>{held ? 'Row at the breakpoint' : 'Row'}</span>
        <CopyButton text={text} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must take the keyboard */}
      <pre tabIndex={0}>{text}</pre>
    </section>
  )
}

/** Nested values come as their JSON text: shown as what they are. */
function cellValue(column: Column, cell: Cell | undefined): unknown {
  if (typeof cell !== 'string' || !(column.type === 'json' || /^[[{]/.test(cell))) return cell ?? null
  try {
    return JSON.parse(cell)
  } catch {
    return cell
  }
}
