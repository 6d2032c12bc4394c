import { useMemo } from 'react'
import { Tree, type TreeNode } from '../../../ui/index.ts'
import type { ValueNode } from '../model/value-tree.ts'
import styles from './cell.module.css'

const OPEN_AT_FIRST = 60
const SHOWN = 300

/** A nested value as a tree; with `shown` only those parts, all of them open. */
export function ValueTree({
  root,
  shown,
  onSelect,
}: {
  root: ValueNode
  shown: ReadonlySet<string> | null
  onSelect: (node: ValueNode) => void
}) {
  const { nodes, known } = useMemo(() => {
    const known = new Map<string, ValueNode>()
    return { nodes: treeNodes(root, shown, known), known }
  }, [root, shown])
  const open = useMemo(() => (shown ? [...shown] : firstOpen(root)), [root, shown])
  const copy = (text: string) => void navigator.clipboard.writeText(text)
  return (
    <Tree
      label="Value"
      nodes={nodes}
      defaultExpanded={open}
      onSelect={(id) => {
        const node = known.get(id)
        if (node) onSelect(node)
      }}
      menu={(id) => {
        const node = known.get(id)!
        return [
          { title: 'Copy value', onSelect: () => copy(node.copy()) },
          { title: 'Copy path', onSelect: () => copy(node.path) },
          { title: 'Copy name', onSelect: () => copy(node.key) },
        ]
      }}
    />
  )
}

/** The tree's rows. What is in a branch is made when it is unfolded. */
function treeNodes(root: ValueNode, shown: ReadonlySet<string> | null, known: Map<string, ValueNode>): TreeNode[] {
  return root
    .children()
    .filter(({ id }) => !shown || shown.has(id))
    .map((node): TreeNode => {
      known.set(node.id, node)
      const nested = node.kind === 'object' || node.kind === 'array' || node.kind === 'span'
      const row = {
        id: node.id,
        label: node.key,
        detail: <Value node={node} />,
        ...(node.type && { tooltip: `${node.key} ${node.type}` }),
      }
      if (!nested || (shown && !node.children().some(({ id }) => shown.has(id)))) return row
      let made: TreeNode[] | undefined
      return {
        ...row,
        get children() {
          made ??= treeNodes(node, shown, known)
          return made
        },
      }
    })
}

function Value({ node: { kind, text, type } }: { node: ValueNode }) {
  if (kind === 'span') return <span />
  if (kind === 'object') return <span className={styles.type}>{`{${text}} ${type}`}</span>
  if (kind === 'array') return <span className={styles.type}>{`[${text}] ${type}`}</span>
  return (
    <span className={styles[kind]}>
      {text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text}
      {type && <span className={styles.type}> {type}</span>}
    </span>
  )
}

/** The branches nearest to the root, as many as fit into sight. */
function firstOpen(root: ValueNode): string[] {
  const open: string[] = []
  let rows = root.children().length
  let level: readonly ValueNode[] = root.children()
  while (level.length > 0) {
    const next: ValueNode[] = []
    for (const node of level) {
      const count = node.kind === 'object' || node.kind === 'array' ? Number(node.text) : 0
      if (count === 0 || rows + count > OPEN_AT_FIRST) continue
      rows += count
      open.push(node.id)
      next.push(...node.children())
    }
    level = next
  }
  return open
}
