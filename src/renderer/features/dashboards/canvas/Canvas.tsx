import { type DragEvent, type KeyboardEvent, memo, useDeferredValue, useMemo } from 'react'
import { type Layout as GridItems, GridLayout, useContainerWidth, verticalCompactor } from 'react-grid-layout'
import 'react-grid-layout/css/styles.css'
import { GRID_COLUMNS, type Sheet, type SheetFilter } from '../../../../engines/bi/dashboard.ts'
import { cx } from '../../../ui/index.ts'
import { useDashboard, useReader } from '../context.ts'
import { duplicateItem, itemsOf, nudge, removeItem, setLayouts } from '../model/edit.ts'
import { DRAG_TYPE, readDrag } from '../model/wells.ts'
import { useDropField } from '../useDropField.ts'
import { VisualCard } from '../visual/VisualCard.tsx'
import styles from './canvas.module.css'
import { TextCard } from './TextCard.tsx'

export const ROW_HEIGHT = 26
const GAP = 8

const ARROWS: Record<string, { x: number; y: number }> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
}

/** The sheet: cards on a grid of 24 columns that are dragged, resized, or moved by the arrow keys. */
export const Canvas = memo(function Canvas({
  sheet,
  filters,
  tick,
}: {
  sheet: Sheet
  filters: readonly SheetFilter[]
  tick: number
}) {
  const { session, reader } = useDashboard()
  const { width, containerRef, mounted } = useContainerWidth()
  const ready = useDeferredValue(mounted)
  const selected = useReader((state) => state.selected)
  const presenting = useReader((state) => state.presenting)
  const drop = useDropField(sheet)
  const items = useMemo(() => itemsOf(sheet), [sheet])
  const layout = useMemo(() => items.map(({ id, layout: place }) => ({ i: id, ...place, minW: 2, minH: 2 })), [items])
  const store = (label: string) => (next: GridItems) => {
    const places = new Map(next.map(({ i, x, y, w, h }) => [i, { x, y, w, h }]))
    session.apply(label, (document) => setLayouts(document, sheet.id, places))
  }
  const select = (id: string) => {
    if (!presenting && reader.getState().selected !== id) reader.setState({ selected: id })
  }
  const onKeyDown = (event: KeyboardEvent<HTMLElement>, id: string) => {
    if (event.target !== event.currentTarget || presenting) return
    const arrow = ARROWS[event.key]
    if (arrow && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const by = event.shiftKey ? { w: arrow.x, h: arrow.y } : arrow
      session.apply(
        event.shiftKey ? 'Resize' : 'Move',
        (document) => nudge(document, sheet.id, id, by),
        `keys:${event.shiftKey}:${id}`,
      )
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      session.apply('Delete', (document) => removeItem(document, id))
      reader.setState({ selected: null })
    } else if (event.key === 'Enter') select(id)
    else if (event.key.toLowerCase() === 'd' && (event.ctrlKey || event.metaKey)) {
      const made = session.document && duplicateItem(session.document, sheet.id, id)
      if (!made) return
      session.apply('Duplicate', () => made.document)
      reader.setState({ selected: made.id })
    } else return
    event.preventDefault()
    event.stopPropagation()
  }
  // The mark under a dragged field is the element's own: drawing every card anew for it would make the drag stutter.
  const mark = (event: DragEvent, over: boolean) => {
    if (over && !presenting) event.preventDefault()
    event.currentTarget.toggleAttribute('data-drop', over && event.dataTransfer.types.includes(DRAG_TYPE))
  }
  const onDrop = (event: DragEvent, id: string | null) => {
    mark(event, false)
    const field = readDrag(event.dataTransfer.getData(DRAG_TYPE))
    if (!field || presenting) return
    event.preventDefault()
    event.stopPropagation()
    drop(field, id)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a click beside the cards gives up the selection, as Escape does
    <div
      className={styles.scroller}
      data-region="canvas"
      onDragOver={(event) => !presenting && event.preventDefault()}
      onDrop={(event) => onDrop(event, null)}
      onPointerDown={(event) => event.target === event.currentTarget && reader.setState({ selected: null })}
    >
      <div ref={containerRef} className={styles.grid}>
        {ready && (
          <GridLayout
            width={width}
            layout={layout}
            gridConfig={{ cols: GRID_COLUMNS, rowHeight: ROW_HEIGHT, margin: [GAP, GAP], containerPadding: [0, 0] }}
            dragConfig={{ enabled: !presenting, handle: '.visual-handle', cancel: 'button, a, input, textarea' }}
            resizeConfig={{ enabled: !presenting, handles: ['se', 'e', 's'] }}
            compactor={verticalCompactor}
            onDragStop={store('Move')}
            onResizeStop={store('Resize')}
          >
            {items.map((item) => (
              <section
                key={item.id}
                className={cx(styles.card, selected === item.id && !presenting && styles.selected)}
                aria-label={'text' in item ? 'Text' : item.title || 'Untitled visual'}
                data-visual={item.id}
                // biome-ignore lint/a11y/noNoninteractiveTabindex: a card takes the keys that move and resize it
                tabIndex={0}
                onPointerDown={() => select(item.id)}
                onFocus={(event) =>
                  event.target === event.currentTarget &&
                  event.currentTarget.matches(':focus-visible') &&
                  select(item.id)
                }
                onKeyDown={(event) => onKeyDown(event, item.id)}
                onDragOver={(event) => mark(event, true)}
                onDragLeave={(event) => mark(event, false)}
                onDrop={(event) => onDrop(event, item.id)}
              >
                {'text' in item ? (
                  <TextCard box={item} editing={selected === item.id && !presenting} />
                ) : (
                  <VisualCard visual={item} filters={filters} selected={selected === item.id} tick={tick} />
                )}
              </section>
            ))}
          </GridLayout>
        )}
      </div>
    </div>
  )
})
