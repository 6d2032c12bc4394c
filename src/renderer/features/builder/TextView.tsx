import { useMemo } from 'react'
import { CodeEditor } from '../../lib/code-editor/index.ts'
import { Banner } from '../../ui/index.ts'
import styles from './Builder.module.css'
import { useBuilder, useSession } from './context.ts'
import { itemOf } from './model/items.ts'
import { lineOfItem } from './model/text.ts'
import { shownText } from './session.ts'

/** The pipeline's file as text, in both directions: what can be read is on the canvas at once, what cannot is marked. */
export function TextView({ className }: { className?: string }) {
  const { session } = useBuilder()
  const text = useSession(shownText)
  const error = useSession((state) => state.draftError ?? (state.phase === 'damaged' ? state.error : null))
  const problems = useSession((state) => state.problems)
  const selection = useSession((state) => state.selection)
  const markers = useMemo(() => {
    if (error)
      return [
        {
          message: error.message,
          severity: 'error' as const,
          line: error.at?.line ?? 1,
          column: error.at?.column ?? 1,
        },
      ]
    return problems.flatMap(({ message, severity, node, wire }) => {
      const line =
        wire !== undefined
          ? lineOfItem(text, 'wires', wire)
          : node !== undefined
            ? lineOfItem(text, 'nodes', node)
            : null
      return line === null ? [] : [{ message, severity, line, column: 7, endColumn: 200 }]
    })
  }, [error, problems, text])
  // Only where the text view opens: later, the hand is in it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the place at the start
  const goto = useMemo(() => {
    if (error?.at?.line !== undefined) return { line: error.at.line, column: error.at.column ?? 1, turn: 1 }
    const first = [...selection].map(itemOf).find((item) => item.sort === 'node' || item.sort === 'wire')
    const line = first && lineOfItem(text, first.sort === 'wire' ? 'wires' : 'nodes', first.id)
    return line ? { line, turn: 1 } : null
  }, [])
  return (
    <div className={className ?? styles.text} data-region="text">
      {error && <Banner tone="bad">{error.message}</Banner>}
      <div className={styles.editor}>
        <CodeEditor
          label="Pipeline as text"
          language="pipeline"
          value={text}
          markers={markers}
          goto={goto}
          onChange={(next) => session.writeText(next)}
          onBlur={() => session.settle()}
        />
      </div>
    </div>
  )
}
