import { useMemo } from 'react'
import { useStore } from 'zustand'
import { CodeEditor } from '../../lib/code-editor/index.ts'
import { notifyError, useCommands } from '../../lib/index.ts'
import { Banner, Button } from '../../ui/index.ts'
import { useDashboard } from './context.ts'
import styles from './Dashboard.module.css'

/** A damaged file is shown as its text, with the place where it breaks; mended, it becomes a dashboard under the hand. */
export function Damaged() {
  const { session } = useDashboard()
  const state = useStore(session.store)
  const text = state.draft ?? state.savedText
  const { error } = state
  const markers = useMemo(
    () =>
      error?.at?.line === undefined
        ? []
        : [{ message: error.message, severity: 'error' as const, line: error.at.line, column: error.at.column ?? 1 }],
    [error],
  )
  // Only where the text opens: later, the hand is in it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the place at the start
  const goto = useMemo(
    () => (error?.at?.line === undefined ? null : { line: error.at.line, column: error.at.column ?? 1, turn: 1 }),
    [],
  )
  const save = () => session.save().catch((thrown: unknown) => notifyError('The dashboard was not saved', thrown))
  useCommands(
    () => [
      {
        id: 'dashboards.save',
        title: 'Save dashboard',
        group: 'Dashboard',
        shortcut: 'Mod+S',
        overEditors: true,
        run: save,
      },
    ],
    [session],
  )
  return (
    <div className={styles.damaged}>
      <Banner
        tone="bad"
        actions={
          <Button size="s" onClick={() => void save()}>
            Save the text
          </Button>
        }
      >
        {state.error?.message}
      </Banner>
      <div className={styles.damagedText}>
        <CodeEditor
          label={`${session.path} as text`}
          language="pipeline"
          value={text}
          markers={markers}
          goto={goto}
          onChange={(next) => session.writeText(next)}
        />
      </div>
    </div>
  )
}
