import { Plus } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button, IconButton } from './Button.tsx'
import { EmptyState, ErrorView, type ShownError } from './Notice.tsx'
import { Loading } from './Spinner.tsx'
import { Section } from './Structure.tsx'
import { Tree, type TreeNode, type TreeProps } from './Tree.tsx'

interface TreeSectionProps extends Omit<TreeProps, 'label' | 'nodes' | 'fitContent' | 'openOnClick'> {
  /** What is listed, in the plural: "Job queues". */
  title: string
  /** The tree's name, where the title is too short for one. */
  label?: string
  /** None until they are known. */
  nodes: readonly TreeNode[] | null | undefined
  error?: ShownError | undefined
  /** How one more comes to be: offered at the head, and in place of those that there are not yet. */
  add?: { label: string; icon?: ReactNode; onAdd: () => void }
  /** More at the head. */
  actions?: ReactNode
  empty: { icon?: ReactNode; title?: string; text: string; actions?: ReactNode; compact?: boolean }
}

/** A section of an explorer that lists resources: while they load, why they cannot be listed, what they are while there is none. */
export function TreeSection({ title, label = title, nodes, error, add, actions, empty, ...tree }: TreeSectionProps) {
  const things = title.toLowerCase()
  return (
    <Section
      title={title}
      flush
      badge={nodes?.length}
      actions={
        <>
          {actions}
          {add && <IconButton icon={add.icon ?? <Plus size={14} />} label={add.label} onClick={add.onAdd} />}
        </>
      }
    >
      {error && !nodes ? (
        <ErrorView compact title={`The ${things} cannot be listed`} error={error} />
      ) : !nodes ? (
        <Loading />
      ) : nodes.length === 0 ? (
        <EmptyState
          icon={empty.icon}
          compact={empty.compact ?? false}
          title={empty.title ?? `No ${things}`}
          actions={empty.actions ?? (add && <Button onClick={add.onAdd}>{add.label}</Button>)}
        >
          {empty.text}
        </EmptyState>
      ) : (
        <Tree {...tree} label={label} nodes={nodes} fitContent openOnClick />
      )}
    </Section>
  )
}
