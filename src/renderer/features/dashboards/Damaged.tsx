import { useMemo } from 'react'
import { useStore } from 'zustand'
import { notifyError, useCommands } from '../../lib/index.ts'
import { Banner, Button, TextArea } from '../../ui/index.ts'
import { useDashboard } from './context.ts'
import styles from './Dashboard.module.css'

/** A damaged file is shown as its text, with the place where it breaks; mended, it becomes a dashboard under the hand. */
export function Damaged() {
  const { session } = useDashboard()
  const state = useStore(session.store)
  const text = state.draft ?? state.savedText
  const line = state.error?.at?.line
  const around = useMemo(() => {
    if (line === undefined) return []
    const lines = text.split('\n')
    const first = Math.max(0, line - 3)
    return lines.slice(first, line + 2).map((content, index) => ({ number: first + index + 1, content }))
  }, [text, line])
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
      {around.length > 0 && (
        <pre className={styles.place} aria-label="The place of the error">
          {around.map(({ number, content }) => (
            <span key={number} data-bad={number === line || undefined}>
              <i>{number}</i>
              {content}
              {'\n'}
            </span>
          ))}
        </pre>
      )}
      <TextArea
        mono
        aria-label={`${session.path} as text`}
        className={styles.damagedText}
        value={text}
        onChange={(next) => session.writeText(next)}
      />
    </div>
  )
}
