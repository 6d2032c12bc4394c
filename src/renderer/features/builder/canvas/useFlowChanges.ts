import type { Connection, EdgeChange, NodeChange, OnConnectStartParams } from '@xyflow/react'
import { useCallback } from 'react'
import { notify } from '../../../lib/index.ts'
import { useBuilder } from '../context.ts'
import { changeNote, connect, moveBy, place } from '../model/edit.ts'
import { groupBox, type ItemKey, itemOf, type Point } from '../model/items.ts'
import { offersFor } from '../model/ports.ts'
import type { Session } from '../session.ts'
import type { AnyNode } from './flow.ts'
import type { WireFlowEdge } from './WireEdge.tsx'

/** What hands do on the canvas, as edits of the document. */
export function useFlowChanges() {
  const { session, ui } = useBuilder()
  const onNodesChange = useCallback(
    (changes: NodeChange<AnyNode>[]) => {
      select(session, changes)
      move(session, changes)
      for (const change of changes)
        if (change.type === 'dimensions' && change.dimensions && change.resizing !== undefined)
          resize(session, change.id, change.dimensions, change.resizing)
    },
    [session],
  )
  const onEdgesChange = useCallback((changes: EdgeChange<WireFlowEdge>[]) => select(session, changes), [session])
  const onConnectStart = useCallback(
    (_: unknown, { nodeId, handleId, handleType }: OnConnectStartParams) => {
      if (!session.document || !nodeId || !handleId) return
      const start = { node: nodeId, port: handleId }
      ui.setState({ offers: offersFor(session.document, start, handleType === 'source' ? 'out' : 'in') })
    },
    [session, ui],
  )
  const onConnectEnd = useCallback(() => ui.setState({ offers: null }), [ui])
  const onConnect = useCallback(
    ({ source, sourceHandle, target, targetHandle }: Connection) => {
      if (!session.document || !sourceHandle || !targetHandle) return
      const [from, to] = [
        { node: source, port: sourceHandle },
        { node: target, port: targetHandle },
      ]
      const result = connect(session.document, from, to)
      if ('refused' in result) notify({ tone: 'warn', title: 'No wire was drawn', message: result.refused })
      else session.apply('Draw wire', () => result)
    },
    [session],
  )
  const isValidConnection = useCallback(
    ({ target, targetHandle, source, sourceHandle }: Connection | WireFlowEdge) => {
      const offers = ui.getState().offers
      if (!offers) return true
      return (
        offers.accepting.has(`in:${target}:${targetHandle}`) || offers.accepting.has(`out:${source}:${sourceHandle}`)
      )
    },
    [ui],
  )
  return { onNodesChange, onEdgesChange, onConnectStart, onConnectEnd, onConnect, isValidConnection }
}

function select(session: Session, changes: readonly { type: string; id?: string; selected?: boolean }[]): void {
  const next = new Set(session.state.selection)
  let changed = false
  for (const change of changes) {
    if (change.type !== 'select' || change.id === undefined) continue
    changed = true
    if (change.selected) next.add(change.id)
    else next.delete(change.id)
  }
  if (changed) session.select(next)
}

function move(session: Session, changes: readonly NodeChange<AnyNode>[]): void {
  const moved = new Map<ItemKey, Point>()
  let ended = false
  for (const change of changes) {
    if (change.type !== 'position') continue
    if (change.position) moved.set(change.id, change.position)
    if (change.dragging === false) ended = true
  }
  if (moved.size > 0)
    session.apply(
      'Move',
      (document) => {
        // A dragged group takes its nodes along; they are not moved a second time for being selected too.
        for (const group of document.groups) {
          const key: ItemKey = `group:${group.id}`
          const to = moved.get(key)
          const from = to && groupBox(document, group)
          if (!to || !from) continue
          for (const id of group.nodes) moved.delete(id)
          document = moveBy(document, [key], { x: to.x - from.x, y: to.y - from.y })
        }
        return place(document, moved)
      },
      'drag',
    )
  if (ended) session.settle()
}

function resize(session: Session, key: string, size: { width: number; height: number }, going: boolean): void {
  const { sort, id } = itemOf(key)
  if (sort !== 'note') return
  session.apply('Resize note', (document) => changeNote(document, id, size), `size ${id}`)
  if (!going) session.settle()
}
