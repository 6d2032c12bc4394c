import { useEffect, useMemo } from 'react'
import { useStore } from 'zustand'
import { fileName } from '../../lib/document-names.ts'
import { type ProblemEntry, showView, useCall, usePublishProblems, useSettled, useView } from '../../lib/index.ts'
import { type Builder, jumpTo } from './context.ts'
import { wireKey } from './model/items.ts'
import { titleOf } from './model/ports.ts'

/** Checks the document shortly after each edit, and publishes what is wrong. */
export function useChecks(builder: Builder): void {
  const { session } = builder
  const document = useStore(session.store, (state) => state.history?.present ?? null)
  const draftError = useStore(session.store, (state) => state.draftError)
  const settled = useSettled(document)
  const check = useCall((c, signal) => settled && c.pipeline.check({ document: settled }, { signal }), [settled])
  useEffect(() => {
    if (check.data) session.setProblems(check.data)
  }, [check.data, session])
  const { id } = useView()
  const problems = useMemo((): ProblemEntry[] => {
    const file = fileName(session.path)
    const syntax = draftError ? [{ severity: 'error' as const, message: draftError.message, place: file }] : []
    return [
      ...syntax,
      ...(check.data ?? []).map(({ severity, message, node, field, wire }) => {
        const found = session.document?.nodes.find((n) => n.id === node)
        const where = found ? titleOf(found) : node
        return {
          severity,
          message,
          place: [file, where, wire && `wire ${wire}`, field].filter(Boolean).join(' · '),
          open: () => {
            showView(id)
            jumpTo(builder, wire !== undefined ? [wireKey(wire)] : node !== undefined ? [node] : [], field)
          },
        }
      }),
    ]
  }, [check.data, draftError, session, builder, id])
  usePublishProblems(`pipeline:${session.path}`, problems)
}
