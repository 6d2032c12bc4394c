import { Cable, StickyNote } from 'lucide-react'
import { useMemo } from 'react'
import { useStore } from 'zustand'
import { nodeKind } from '../../../engines/pipeline/nodes/index.ts'
import { formatCompact, runCommand } from '../../lib/index.ts'
import { StateDot, shapeOf, Tree, type TreeNode } from '../../ui/index.ts'
import { useActions } from './actions.ts'
import styles from './Builder.module.css'
import { jumpTo, problemsByItem, useBuilder, useDocument, useSession } from './context.ts'
import { iconOf } from './icons.ts'
import { itemOf } from './model/items.ts'
import { outlineOf } from './model/outline.ts'

/** The canvas as a tree that the keyboard walks: nodes in the order of the flow, with the wires that leave them. */
export function Outline() {
  const builder = useBuilder()
  const actions = useActions()
  const document = useDocument()
  const selection = useSession((state) => state.selection)
  const problems = useSession((state) => state.problems)
  const views = useStore(builder.runs.store, (state) => state.nodes)
  const wires = useStore(builder.runs.store, (state) => state.wires)
  const nodes = useMemo(() => {
    const marks = problemsByItem(problems)
    const kinds = new Map(document.nodes.map((n) => [n.id, n.kind]))
    const wrong = (key: string) => {
      const count = marks.get(key)?.length ?? 0
      return count > 0 && { detail: `${count} ${count === 1 ? 'problem' : 'problems'}` }
    }
    return outlineOf(document).map((item): TreeNode => {
      const Icon = itemOf(item.key).sort === 'note' ? StickyNote : iconOf(nodeKind(kinds.get(item.key) ?? '')?.icon)
      const view = views.get(item.key)
      return {
        id: item.key,
        label: item.label,
        icon: <Icon size={14} aria-hidden />,
        ...wrong(item.key),
        ...(view && { end: <StateDot state={shapeOf(view.state)} text={view.state} hideText /> }),
        ...(item.wires.length > 0 && {
          children: item.wires.map((wire) => {
            const flow = wires.get(itemOf(wire.key).id)
            return {
              id: wire.key,
              label: wire.label,
              icon: <Cable size={14} aria-hidden />,
              ...(flow && {
                detail: flow.paused
                  ? 'paused'
                  : flow.rate > 0
                    ? `${formatCompact(flow.rate)}/s`
                    : formatCompact(flow.rows),
              }),
              ...wrong(wire.key),
            }
          }),
        }),
      }
    })
  }, [document, problems, views, wires])
  return (
    <div className={styles.outline} data-region="canvas">
      <Tree
        label="Outline of the pipeline"
        nodes={nodes}
        selected={[...selection][0] ?? null}
        defaultExpanded={nodes.map((n) => n.id)}
        onSelect={(key) => jumpTo(builder, [key])}
        onOpen={(key) => jumpTo(builder, [key], '')}
        onDelete={() => runCommand('builder.delete')}
        menu={(key) => actions.menuFor(key)}
      />
    </div>
  )
}
