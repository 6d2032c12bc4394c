import { CircleX, TriangleAlert } from 'lucide-react'
import type { Problem } from '../../../../engines/pipeline/contract.ts'
import { EmptyState } from '../../../ui/index.ts'
import { jumpTo, useBuilder, useDocument, useRunWarnings, useSession } from '../context.ts'
import { wireKey } from '../model/items.ts'
import { titleOf } from '../model/ports.ts'
import styles from './panes.module.css'

/** Everything that keeps the pipeline from running or its run from going well, each line leading to its place. */
export function ProblemsPane() {
  const builder = useBuilder()
  const document = useDocument()
  const checked = useSession((state) => state.problems)
  const warnings = useRunWarnings()
  const problems: readonly Problem[] = [
    ...checked,
    ...warnings.map((warning) => ({ ...warning, severity: 'warning' as const })),
  ]
  const open = (problem: Problem) => {
    if (problem.wire !== undefined) jumpTo(builder, [wireKey(problem.wire)])
    else if (problem.node !== undefined) jumpTo(builder, [problem.node], problem.field)
  }
  const place = ({ node, wire, field }: Problem) => {
    const found = document.nodes.find((n) => n.id === node)
    return [found ? titleOf(found) : node, wire && `wire ${wire}`, field].filter(Boolean).join(' · ')
  }
  if (problems.length === 0)
    return <EmptyState title="No problems">The pipeline is checked while you edit it.</EmptyState>
  return (
    <ul className={styles.problems} aria-label="Problems">
      {problems.map((problem, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: problems have no identity but their place in the list
        <li key={index}>
          <button type="button" onClick={() => open(problem)}>
            {problem.severity === 'error' ? (
              <CircleX size={14} className={styles.bad} aria-label="Error" />
            ) : (
              <TriangleAlert size={14} className={styles.warn} aria-label="Warning" />
            )}
            <span className={styles.message}>{problem.message}</span>
            <span className={styles.where}>{place(problem)}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}
