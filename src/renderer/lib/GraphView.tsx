import { Controls, type Edge, type FitViewOptions, type Node, ReactFlow, type ReactFlowProps } from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import type { RefObject } from 'react'
import styles from './graph.module.css'

const PRO = { hideAttribution: true }

/** A graph to look at: moved, zoomed and fitted, its nodes where they were placed. */
export function GraphView<N extends Node, E extends Edge>({
  box,
  fit,
  children,
  ...props
}: ReactFlowProps<N, E> & {
  'aria-label': string
  box?: RefObject<HTMLDivElement | null>
  /** How the button of the controls fits it. */
  fit: FitViewOptions
}) {
  return (
    <div ref={box} className={styles.graph}>
      <ReactFlow
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        proOptions={PRO}
        {...props}
      >
        {children}
        <Controls fitViewOptions={fit} showInteractive={false} position="bottom-left" />
      </ReactFlow>
    </div>
  )
}
