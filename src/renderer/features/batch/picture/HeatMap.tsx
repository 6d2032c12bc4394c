import { type KeyboardEvent, type MouseEvent, useState } from 'react'
import { STATUSES } from '../../../../engines/batch/contract.ts'
import { formatNumber, useCanvas } from '../../../lib/index.ts'
import { tokenValue } from '../../../lib/theme.ts'
import styles from '../batch.module.css'
import { stateTitle } from '../states.ts'
import { STATE_TOKENS, stateColours } from './colours.ts'

const CELL_MAX = 28
const CELL_MIN = 4

/** The largest cells with which all fit; the smallest ones where they do not. */
function gridOf(count: number, width: number, height: number): { cell: number; columns: number } {
  for (let cell = CELL_MAX; cell > CELL_MIN; cell--) {
    const columns = Math.floor(width / cell)
    if (columns > 0 && Math.ceil(count / columns) * cell <= height) return { cell, columns }
  }
  return { cell: CELL_MIN, columns: Math.max(1, Math.floor(width / CELL_MIN)) }
}

/** An array's children, a cell each, by index. Arrows walk it; the table beside it says the same in words. */
export function HeatMap({ states, onOpen }: { states: string; onOpen: (index: number) => void }) {
  const [marked, setMarked] = useState<number | null>(null)
  const [hover, setHover] = useState<{ index: number; x: number; y: number } | null>(null)
  const { box, canvas, size } = useCanvas(
    (context, { width, height }) => {
      const { cell, columns } = gridOf(states.length, width, height)
      const colours = stateColours()
      const gap = cell > 6 ? 1 : cell > 4 ? 0.5 : 0.4
      for (let i = 0; i < states.length; i++) {
        context.fillStyle = colours[Number(states[i])]
        context.fillRect((i % columns) * cell, Math.floor(i / columns) * cell, cell - gap, cell - gap)
      }
      if (marked === null) return
      context.strokeStyle = tokenValue('--text')
      context.lineWidth = 2
      context.strokeRect((marked % columns) * cell, Math.floor(marked / columns) * cell, cell - gap, cell - gap)
    },
    [states, marked],
  )
  const { cell, columns } = gridOf(states.length, size.width, size.height)
  const find = ({ nativeEvent: { offsetX: x, offsetY: y } }: MouseEvent) => {
    const column = Math.floor(x / cell)
    const index = Math.floor(y / cell) * columns + column
    return column < columns && index < states.length ? { index, x, y } : null
  }
  const key = (event: KeyboardEvent) => {
    const steps: Record<string, number> = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: columns,
      ArrowUp: -columns,
      Home: -states.length,
      End: states.length,
    }
    const step = steps[event.key]
    if (step !== undefined)
      setMarked((before) => (before === null ? 0 : Math.min(states.length - 1, Math.max(0, before + step))))
    else if (event.key === 'Enter' && marked !== null) onOpen(marked)
    else return
    event.preventDefault()
  }
  const shown =
    hover ??
    (marked === null
      ? null
      : { index: marked, x: (marked % columns) * cell + cell, y: Math.floor(marked / columns) * cell + cell })
  const wordOf = (index: number) => `Child ${formatNumber(index)}: ${stateTitle(STATUSES[Number(states[index])])}`
  const counts = STATUSES.map((status, i) => ({ status, i, count: states.split(String(i)).length - 1 }))
  const summary = counts.filter(({ count }) => count > 0)
  return (
    <div className={styles.heat}>
      <ul className={styles.legend} aria-label="States">
        {summary.map(({ status, i, count }) => (
          <li key={status}>
            <i style={{ background: `var(${STATE_TOKENS[i]})` }} />
            {stateTitle(status)} <b>{formatNumber(count)}</b>
          </li>
        ))}
      </ul>
      <div ref={box} className={styles.canvasBox}>
        <canvas
          ref={canvas}
          role="img"
          tabIndex={0}
          aria-label={`${formatNumber(states.length)} children: ${summary.map(({ status, count }) => `${formatNumber(count)} ${stateTitle(status)}`).join(', ')}. Arrows walk them, Enter opens one.`}
          onMouseMove={(event) => setHover(find(event))}
          onMouseLeave={() => setHover(null)}
          onClick={(event) => {
            const found = find(event)
            if (found) onOpen(found.index)
          }}
          onKeyDown={key}
        />
        {shown && (
          <span
            className={styles.tip}
            style={{ left: Math.min(shown.x + 12, Math.max(0, size.width - 160)), top: shown.y + 14 }}
          >
            {wordOf(shown.index)}
          </span>
        )}
        <span className="mr-hidden" aria-live="polite">
          {marked === null ? '' : wordOf(marked)}
        </span>
      </div>
    </div>
  )
}
