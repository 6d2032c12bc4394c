import { useId, useMemo } from 'react'
import type { Job } from '../../../../engines/batch/contract.ts'
import { openView } from '../../../lib/index.ts'
import { cx, EmptyState, StateDot } from '../../../ui/index.ts'
import styles from '../batch.module.css'
import { SHAPES, stateTitle } from '../states.ts'
import { type Edge, layersOf, type Placed } from './layers.ts'

const WIDTH = 168
const HEIGHT = 44
const COLUMN = 232
const ROW = 60
const EDGE = 16

const left = ({ layer }: Placed) => EDGE + layer * COLUMN
const top = ({ row }: Placed) => EDGE + row * ROW

function pathOf({ from, to }: Edge): string {
  const [x1, y1] = [left(from) + WIDTH, top(from) + HEIGHT / 2]
  const [x2, y2] = [left(to), top(to) + HEIGHT / 2]
  const bend = Math.max(24, (x2 - x1) / 2)
  return `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`
}

/** Which job waits for which, from left to right. Each is a button: Tab walks them in the order of submission. */
export function Dependencies({ jobs, here }: { jobs: readonly Job[]; here?: string }) {
  const { nodes, edges } = useMemo(() => layersOf(jobs), [jobs])
  const arrow = useId()
  if (nodes.length === 0)
    return (
      <EmptyState title="Nothing waits for another job">
        A job that names others when it is submitted waits until they have succeeded, and fails with them. Here they
        would stand from left to right.
      </EmptyState>
    )
  const width = Math.max(...nodes.map(left)) + WIDTH + EDGE
  const height = Math.max(...nodes.map(top)) + HEIGHT + EDGE
  return (
    <section className={styles.graph} aria-label="Dependencies">
      <div className={styles.graphPlane} style={{ width, height }}>
        <svg width={width} height={height} aria-hidden="true">
          <marker
            id={arrow}
            className={styles.arrow}
            viewBox="0 0 8 8"
            refX={8}
            refY={4}
            markerWidth={8}
            markerHeight={8}
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path d="M0 0 L8 4 L0 8 Z" />
          </marker>
          {edges.map((edge) => (
            <path
              key={`${edge.from.job.id} ${edge.to.job.id}`}
              d={pathOf(edge)}
              markerEnd={`url(#${arrow})`}
              className={cx(styles.edge, edge.kind === 'N_TO_N' && styles.pairs)}
            />
          ))}
        </svg>
        {nodes.map((node) => (
          <button
            key={node.job.id}
            type="button"
            className={cx(styles.node, node.job.id === here && styles.here)}
            style={{ left: left(node), top: top(node), width: WIDTH, height: HEIGHT }}
            title={namesOf(node.job, nodes)}
            onClick={() => openView('batch.job', { jobId: node.job.id, name: node.job.name })}
          >
            <span className={styles.nodeName}>{node.job.name}</span>
            <StateDot state={SHAPES[node.job.status]} text={stateTitle(node.job.status)} />
            {node.job.array && <span className={styles.quiet}>× {node.job.array.size}</span>}
          </button>
        ))}
      </div>
    </section>
  )
}

function namesOf(job: Job, nodes: readonly Placed[]): string {
  const names = job.dependsOn.flatMap(({ jobId }) => nodes.find((node) => node.job.id === jobId)?.job.name ?? [])
  return names.length === 0 ? job.name : `${job.name}, after ${names.join(', ')}`
}
