import { Copy, Route, X } from 'lucide-react'
import { type RefObject, useMemo, useState } from 'react'
import type { Column } from '../../../../engines/kit/pure/table.ts'
import { formatBytes, formatNumber, plural } from '../../../lib/index.ts'
import { Button, IconButton, SearchInput, Tabs } from '../../../ui/index.ts'
import { hexAsText, hexLines } from '../model/hex.ts'
import { searchTree, valueTree } from '../model/value-tree.ts'
import styles from './cell.module.css'
import { ValueTree } from './ValueTree.tsx'

type View = 'tree' | 'text' | 'hex'
const PIECE = 100_000
const HEX_PIECE = 32_768

/** One cell in full: nested values as a tree, binary in hex, and anything as the text that it is. */
export function CellInspector({
  column,
  row,
  value,
  box,
  onClose,
}: {
  column: Column
  row: number
  value: string | null
  /** Takes the keys when the cell is gone into. */
  box: RefObject<HTMLElement | null>
  onClose: () => void
}) {
  const tree = useMemo(
    () => (value === null || column.type === 'binary' ? null : valueTree(column.name, column.declared, value)),
    [column, value],
  )
  const binary = column.type === 'binary'
  const views: readonly View[] = tree ? ['tree', 'text'] : binary ? ['hex', 'text'] : ['text']
  const [wanted, setWanted] = useState<View>(views[0])
  const view = views.includes(wanted) ? wanted : views[0]
  const text = useMemo(() => (value !== null && binary ? hexAsText(value) : value), [value, binary])
  return (
    <aside ref={box} aria-label="Cell" className={styles.cell}>
      <header className={styles.head}>
        <b title={column.name}>{column.name}</b>
        <span title={column.declared}>{column.declared}</span>
        <span>row {formatNumber(row + 1)}</span>
        <IconButton
          size="s"
          icon={<Copy size={13} />}
          label="Copy value"
          disabled={value === null}
          onClick={() => void navigator.clipboard.writeText(value ?? '')}
        />
        <IconButton size="s" icon={<X size={14} />} label="Close" shortcut="Escape" onClick={onClose} />
      </header>
      {value === null ? (
        <p className={styles.nothing}>null</p>
      ) : (
        <Tabs
          label="Views of the cell"
          size="s"
          value={view}
          onChange={setWanted}
          tabs={views.map((id) => ({ id, title: { tree: 'Tree', text: 'Text', hex: 'Hex' }[id] }))}
          actions={<span className={styles.size}>{sizeOf(value, binary)}</span>}
        >
          {view === 'tree' && tree && <Tree key={value} tree={tree} />}
          {view === 'hex' && (
            <Piecewise key={value} text={value} piece={HEX_PIECE} show={(hex) => hexLines(hex).join('\n')} />
          )}
          {view === 'text' &&
            (text === null ? (
              <p className={styles.nothing}>These bytes are no UTF-8 text.</p>
            ) : (
              <Piecewise key={value} text={text} piece={PIECE} show={(part) => part} wrap />
            ))}
        </Tabs>
      )}
    </aside>
  )
}

function sizeOf(value: string, binary: boolean): string {
  return binary ? formatBytes(value.length / 2) : plural(value.length, 'character')
}

function Tree({ tree }: { tree: NonNullable<ReturnType<typeof valueTree>> }) {
  const [word, setWord] = useState('')
  const search = useMemo(() => (word.trim() === '' ? null : searchTree(tree, word.trim())), [tree, word])
  const [chosen, setChosen] = useState<{ path: string; copy: () => string } | null>(null)
  const copy = (text: string) => void navigator.clipboard.writeText(text)
  return (
    <>
      <div className={styles.find}>
        <SearchInput label="Find in the value" value={word} onChange={setWord} />
        {search && <span role="status">{search.found === 0 ? 'Nothing' : `${formatNumber(search.found)} found`}</span>}
      </div>
      <ValueTree key={word} root={tree} shown={search?.shown ?? null} onSelect={setChosen} />
      {chosen && (
        <footer className={styles.path}>
          <code title={chosen.path}>{chosen.path}</code>
          <IconButton size="s" icon={<Route size={13} />} label="Copy path" onClick={() => copy(chosen.path)} />
          <IconButton size="s" icon={<Copy size={13} />} label="Copy this part" onClick={() => copy(chosen.copy())} />
        </footer>
      )}
    </>
  )
}

/** A long text by pieces: laying all of it out at once would hold the window up. */
function Piecewise({
  text,
  piece,
  show,
  wrap = false,
}: {
  text: string
  piece: number
  show: (part: string) => string
  wrap?: boolean
}) {
  const [pieces, setPieces] = useState(1)
  const left = text.length - pieces * piece
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard
    <div className={styles.text} tabIndex={0} role="document" aria-label="Text of the cell">
      {Array.from({ length: pieces }, (_, at) => (
        <pre
          // biome-ignore lint/suspicious/noArrayIndexKey: a piece is its place
          key={at}
          data-selectable
          data-wrap={wrap || undefined}
        >
          {show(text.slice(at * piece, (at + 1) * piece))}
        </pre>
      ))}
      {left > 0 && (
        <Button size="s" onClick={() => setPieces(pieces + 1)}>
          Show more ({formatNumber(left)} left)
        </Button>
      )}
    </div>
  )
}
