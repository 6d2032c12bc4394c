import { Popover as Base } from '@base-ui/react/popover'
import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, EyeOff, Pin } from 'lucide-react'
import { type ReactNode, type RefObject, useRef, useState } from 'react'
import { IconButton } from '../Button.tsx'
import styles from '../DataTable.module.css'
import { Input } from '../Input.tsx'
import popover from '../Popover.module.css'
import { moveColumn } from './columns.ts'
import { writeTerm } from './filter.ts'
import type { DataColumn, TableLayout } from './types.ts'

/** What there is to do with a column, and what is known of it. */
export function ColumnPanel(props: {
  /** The id of its header; null where none is open. */
  at: { column: string; anchor: string } | null
  columns: readonly DataColumn<never>[]
  visible: readonly DataColumn<never>[]
  layout: TableLayout
  onLayout: (layout: TableLayout) => void
  arrangeable: boolean
  filterText: string
  onFilter: (text: string) => void
  details?: ((column: string) => ReactNode) | undefined
  onClose: () => void
  /** Takes the keys back when it closes. */
  grid: RefObject<HTMLElement | null>
}) {
  const { at, layout } = props
  const column = props.visible.find(({ id }) => id === at?.column)
  const popup = useRef<HTMLDivElement>(null)
  const back = () => {
    // At once: the next key may come before the panel has left the page, and `finalFocus` waits for that.
    props.grid.current?.focus({ preventScroll: true })
    props.onClose()
  }
  return (
    <Base.Root
      open={column !== undefined}
      onOpenChange={(open, { reason }) => {
        if (!open) reason === 'escape-key' ? back() : props.onClose()
      }}
    >
      <Base.Portal>
        <Base.Positioner
          className={popover.positioner}
          anchor={() => (at ? document.getElementById(at.anchor) : null)}
          side="bottom"
          align="start"
          sideOffset={2}
        >
          <Base.Popup
            ref={popup}
            className={popover.popup}
            style={{ width: 288 }}
            // What is typed there filters; a button would cover the line with its name.
            initialFocus={() => popup.current?.querySelector('input')}
            finalFocus={props.grid}
          >
            {column && (
              <>
                <Base.Title className={styles.panelTitle}>
                  {column.title} {column.detail && <span>{column.detail}</span>}
                </Base.Title>
                <Tools {...props} column={column} layout={layout} onClose={back} />
                {props.arrangeable && <ColumnFilter key={column.id} {...props} column={column} onClose={back} />}
                {props.details?.(column.id)}
              </>
            )}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}

type ToolsProps = Parameters<typeof ColumnPanel>[0] & { column: DataColumn<never> }

function Tools({ column, columns, visible, layout, onLayout, arrangeable, onClose }: ToolsProps) {
  const place = visible.indexOf(column)
  const pinned = layout.pinned?.[column.id] ?? false
  const sorted = layout.sort?.column === column.id ? layout.sort : null
  const sort = (descending: boolean) =>
    onLayout({ ...layout, sort: sorted?.descending === descending ? null : { column: column.id, descending } })
  const move = (by: -1 | 1) => onLayout(moveColumn(columns, layout, column.id, visible[place + by].id))
  return (
    <div className={styles.panelTools}>
      <IconButton
        icon={<ArrowUp size={14} />}
        label="Sort ascending"
        pressed={sorted?.descending === false}
        disabled={!arrangeable}
        onClick={() => sort(false)}
      />
      <IconButton
        icon={<ArrowDown size={14} />}
        label="Sort descending"
        pressed={sorted?.descending === true}
        disabled={!arrangeable}
        onClick={() => sort(true)}
      />
      <IconButton
        icon={<Pin size={14} />}
        label={pinned ? 'Unpin' : 'Pin to the left'}
        pressed={pinned}
        onClick={() => onLayout({ ...layout, pinned: { ...layout.pinned, [column.id]: !pinned } })}
      />
      <IconButton
        icon={<ArrowLeft size={14} />}
        label="Move left"
        shortcut="Shift+Alt+ArrowLeft"
        disabled={place <= 0}
        onClick={() => move(-1)}
      />
      <IconButton
        icon={<ArrowRight size={14} />}
        label="Move right"
        shortcut="Shift+Alt+ArrowRight"
        disabled={place >= visible.length - 1}
        onClick={() => move(1)}
      />
      <IconButton
        icon={<EyeOff size={14} />}
        label="Hide column"
        disabled={visible.length === 1}
        onClick={() => {
          onClose()
          onLayout({ ...layout, hidden: { ...layout.hidden, [column.id]: true } })
        }}
      />
    </div>
  )
}

/** A condition on this column, added to those that are there. */
function ColumnFilter({ column, filterText, onFilter, onClose }: ToolsProps) {
  const [text, setText] = useState('')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (text.trim() === '') return
        const [, operator = ':', word] = /^\s*(>=|<=|!=|=|>|<)?\s*(.*?)\s*$/.exec(text)!
        onFilter(`${filterText.trim()} ${writeTerm(column.title, operator as '=', word)}`.trim())
        onClose()
      }}
    >
      <Input
        aria-label={`Filter by ${column.title}`}
        placeholder="Filter: word, =x, >5, !=x"
        value={text}
        onChange={setText}
      />
    </form>
  )
}
