import { useVirtualizer } from '@tanstack/react-virtual'
import { ChevronRight } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react'
import { cx } from './cx.ts'
import { type MenuItem, PointMenu } from './Menu.tsx'
import styles from './Tree.module.css'

export interface TreeNode {
  id: string
  label: string
  icon?: ReactNode
  /** Quiet text after the label: a type, a size. */
  detail?: ReactNode
  /** At the end of the row: a badge or a state. */
  end?: ReactNode
  /** An empty array is a branch without leaves; absent is a leaf. */
  children?: readonly TreeNode[]
  /** A branch that is something to open itself: a click on its name opens it, one on its arrow shows what is in it. */
  opens?: boolean
  /** A branch whose children the caller loads on `onExpand`. */
  loading?: boolean
  tooltip?: string
}

interface FlatNode {
  node: TreeNode
  depth: number
  parent: number
}

export interface TreeProps {
  nodes: readonly TreeNode[]
  label: string
  /** What is marked; null marks nothing. Without it, where the tree's own cursor is. */
  selected?: string | null
  onSelect?: (id: string, node: TreeNode) => void
  /** Enter or a double click; with `openOnClick` also one click. */
  onOpen?: (id: string, node: TreeNode) => void
  openOnClick?: boolean
  /** One click, where `onOpen` is for keeps. */
  onPreview?: (id: string, node: TreeNode) => void
  /** A click on a branch's name shows or hides what is in it, although it can be opened. */
  unfoldOnClick?: boolean
  /** Branches open at first. */
  defaultExpanded?: readonly string[]
  onExpand?: (id: string, node: TreeNode) => void
  onDelete?: (id: string, node: TreeNode) => void
  onRename?: (id: string, node: TreeNode) => void
  menu?: (id: string, node: TreeNode) => MenuItem[]
  /** Makes rows draggable: the text goes under `application/x-millrace` and `text/plain`. */
  dragText?: (id: string, node: TreeNode) => string | null
  /** As high as its rows instead of filling its place. */
  fitContent?: boolean
}

export function Tree(props: TreeProps) {
  const { nodes, label, selected, onSelect, onOpen, openOnClick = false, onPreview, onExpand, menu, dragText } = props
  const treeId = useId()
  const scroller = useRef<HTMLDivElement>(null)
  const [expanded, setExpanded] = useState(() => new Set(props.defaultExpanded))
  const [active, setActive] = useState(selected ?? null)
  const [menuAt, setMenuAt] = useState<{ x: number; y: number; flat: FlatNode } | null>(null)
  const typed = useRef({ text: '', at: 0 })
  const rows = useMemo(() => flatten(nodes, expanded), [nodes, expanded])
  const activeIndex = rows.findIndex((row) => row.node.id === active)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 22,
    overscan: 10,
  })
  useEffect(() => {
    if (selected) setActive(selected)
  }, [selected])
  // What is shown is seen here too, once: who folds its branch again means it.
  const revealed = useRef<string>(undefined)
  useEffect(() => {
    const above = selected ? ancestorsOf(nodes, selected) : undefined
    if (!selected || !above || revealed.current === selected) return
    revealed.current = selected
    setExpanded((before) => (above.every((id) => before.has(id)) ? before : new Set([...before, ...above])))
  }, [selected, nodes])

  /** Whether a click on its name shows what is in a branch, rather than only its arrow. */
  const unfolds = ({ children, opens }: TreeNode) =>
    children !== undefined &&
    !opens &&
    (!onOpen || openOnClick || onPreview !== undefined || props.unfoldOnClick === true)
  const setOpen = (flat: FlatNode, open: boolean) => {
    if (!flat.node.children) return
    const next = new Set(expanded)
    if (open) {
      next.add(flat.node.id)
      onExpand?.(flat.node.id, flat.node)
    } else next.delete(flat.node.id)
    setExpanded(next)
  }
  const go = (index: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))]
    if (!row) return
    setActive(row.node.id)
    onSelect?.(row.node.id, row.node)
    virtual.scrollToIndex(rows.indexOf(row))
  }
  const key = (event: KeyboardEvent) => {
    const row = rows[activeIndex]
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 220) / 22) - 1)
    const actions: Record<string, (() => void) | undefined> = {
      ArrowDown: () => go(activeIndex + 1),
      ArrowUp: () => go(activeIndex - 1),
      PageDown: () => go(activeIndex + page),
      PageUp: () => go(activeIndex - page),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowRight: () => row?.node.children && (expanded.has(row.node.id) ? go(activeIndex + 1) : setOpen(row, true)),
      ArrowLeft: () =>
        row &&
        (row.node.children && expanded.has(row.node.id) ? setOpen(row, false) : row.parent >= 0 && go(row.parent)),
      Enter: () =>
        row &&
        (onOpen && !(onPreview && unfolds(row.node))
          ? onOpen(row.node.id, row.node)
          : setOpen(row, !expanded.has(row.node.id))),
      ' ': () => row && setOpen(row, !expanded.has(row.node.id)),
      Delete: props.onDelete && (() => row && props.onDelete?.(row.node.id, row.node)),
      F2: props.onRename && (() => row && props.onRename?.(row.node.id, row.node)),
      ContextMenu: () => row && openMenu(row),
    }
    const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : actions[event.key]
    if (action) {
      event.preventDefault()
      event.stopPropagation()
      action()
    } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) typeAhead(event.key, event.timeStamp)
  }
  const openMenu = (flat: FlatNode, point?: { x: number; y: number }) => {
    const box = document.getElementById(rowId(treeId, flat.node.id))?.getBoundingClientRect()
    setMenuAt({ x: point?.x ?? (box?.left ?? 0) + 40, y: point?.y ?? box?.bottom ?? 0, flat })
  }
  const typeAhead = (letter: string, timeStamp: number) => {
    const text = timeStamp - typed.current.at < 700 ? typed.current.text + letter : letter
    typed.current = { text, at: timeStamp }
    const from = text.length === 1 ? activeIndex + 1 : activeIndex
    const order = [...rows.slice(Math.max(0, from)), ...rows]
    const found = order.find((row) => row.node.label.toLowerCase().startsWith(text.toLowerCase()))
    if (found) go(rows.indexOf(found))
  }

  return (
    <>
      <div
        ref={scroller}
        role="tree"
        aria-label={label}
        aria-activedescendant={activeIndex >= 0 ? rowId(treeId, rows[activeIndex].node.id) : undefined}
        tabIndex={0}
        className={cx(styles.tree, props.fitContent && styles.fit)}
        onKeyDown={key}
        onFocus={() => active === null && rows.length > 0 && setActive(rows[0].node.id)}
      >
        <div className={styles.inner} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const flat = rows[item.index]
            const { node, depth } = flat
            const open = expanded.has(node.id)
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the tree itself has the keyboard, by aria-activedescendant
              <div
                key={node.id}
                id={rowId(treeId, node.id)}
                role="treeitem"
                tabIndex={-1}
                aria-level={depth + 1}
                aria-expanded={node.children ? open : undefined}
                aria-selected={node.id === (selected === undefined ? active : selected)}
                title={node.tooltip}
                draggable={dragText ? dragText(node.id, node) !== null : undefined}
                className={cx(styles.row, node.id === active && styles.active)}
                style={{ translate: `0 ${item.start}px`, paddingLeft: 4 + depth * 14 }}
                onMouseDown={() => scroller.current?.focus()}
                onClick={(event) => {
                  setActive(node.id)
                  onSelect?.(node.id, node)
                  const arrow = (event.target as Element).closest('[data-arrow]')
                  if (node.children && (arrow || unfolds(node))) setOpen(flat, !open)
                  else if (!node.children || node.opens)
                    (onPreview ?? (openOnClick ? onOpen : undefined))?.(node.id, node)
                }}
                onDoubleClick={(event) =>
                  !(event.target as Element).closest('[data-arrow]') && !openOnClick && onOpen?.(node.id, node)
                }
                onContextMenu={(event) => {
                  event.preventDefault()
                  setActive(node.id)
                  openMenu(flat, { x: event.clientX, y: event.clientY })
                }}
                onDragStart={(event) => {
                  const text = dragText?.(node.id, node)
                  if (!text) return
                  event.dataTransfer.setData('application/x-millrace', text)
                  event.dataTransfer.setData('text/plain', node.label)
                }}
              >
                <span className={styles.arrow} data-arrow>
                  {node.children && <ChevronRight size={14} className={cx(open && styles.open)} />}
                </span>
                {node.icon && <span className={styles.icon}>{node.icon}</span>}
                <span className={styles.label}>{node.label}</span>
                {node.detail !== undefined && <span className={styles.detail}>{node.detail}</span>}
                {node.end !== undefined && <span className={styles.end}>{node.end}</span>}
              </div>
            )
          })}
        </div>
      </div>
      {/* Beside the tree: inside it, its keys would also be the tree's, and a tree holds nothing but items. */}
      <PointMenu
        at={menuAt}
        items={menuAt ? (menu?.(menuAt.flat.node.id, menuAt.flat.node) ?? []) : []}
        onClose={() => setMenuAt(null)}
      />
    </>
  )
}

function rowId(tree: string, node: string): string {
  return `${tree}-${node}`
}

function flatten(nodes: readonly TreeNode[], expanded: ReadonlySet<string>): FlatNode[] {
  const rows: FlatNode[] = []
  const walk = (list: readonly TreeNode[], depth: number, parent: number) => {
    for (const node of list) {
      const index = rows.push({ node, depth, parent }) - 1
      if (!node.children || !expanded.has(node.id)) continue
      if (node.loading && node.children.length === 0)
        rows.push({ node: { id: `${node.id}/…`, label: 'Loading…' }, depth: depth + 1, parent: index })
      walk(node.children, depth + 1, index)
    }
  }
  walk(nodes, 0, -1)
  return rows
}

/** Ids of the branches in which a node is, outermost first; undefined where it is nowhere. */
function ancestorsOf(nodes: readonly TreeNode[], id: string): string[] | undefined {
  for (const node of nodes) {
    if (node.id === id) return []
    const below = node.children && ancestorsOf(node.children, id)
    if (below) return [node.id, ...below]
  }
  return undefined
}
