import type { editor } from 'monaco-editor/editor/editor.api'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { ConflictBanner } from '../../lib/ConflictBanner.tsx'
import { CodeEditor } from '../../lib/code-editor/index.ts'
import { fileName } from '../../lib/document-names.ts'
import { showView, usePublishProblems, useRemembered, useView } from '../../lib/index.ts'
import { type MenuItem, NameDialog, SplitPane } from '../../ui/index.ts'
import { mountEditor } from './editing.ts'
import { queryFiles } from './files.ts'
import { languageOf, registerLanguages } from './language/register.ts'
import { ENGINE_TITLES } from './model/header.ts'
import { ParametersDialog } from './ParametersDialog.tsx'
import { ResultPane } from './results/ResultPane.tsx'
import { SqlToolbar } from './SqlToolbar.tsx'
import { headerOf, type Session } from './session.ts'
import styles from './sql.module.css'
import { type Actions, useActions } from './useActions.ts'
import { useChecks } from './useChecks.ts'
import { WorkGroupDialog } from './workgroups/WorkGroupDialog.tsx'

/** Where the hand is in the text. */
export interface Place {
  readonly from: number
  readonly to: number
}

/** Editor above, results below. */
export function Workbench({ session }: { session: Session }) {
  const text = useStore(session.store, (state) => state.text)
  const header = useMemo(() => headerOf(text, session.header.engine), [text, session])
  const frame = useRef<HTMLDivElement>(null)
  const instance = useRef<editor.IStandaloneCodeEditor | null>(null)
  const [shown, setShown] = useState(false)
  const [place, setPlace] = useState<Place>({ from: 0, to: 0 })
  const [goto, setGoto] = useState<{ line: number; column: number; turn: number } | null>(null)
  const [height, setHeight] = useRemembered('sql.results', 380)
  const [values, setValues] = useRemembered<Record<string, string>>('sql.parameters', {})
  const checks = useChecks(session, text, header, place, values, shown)
  const actions = useActions(session, { instance, values })
  const jump = useCallback(
    (line: number, column: number) => setGoto((before) => ({ line, column, turn: (before?.turn ?? 0) + 1 })),
    [],
  )
  const { id, active } = useView()
  useEffect(() => {
    // In a split view the keys must not go on to the side that was left by a command.
    const at = document.activeElement
    const left = at === document.body || at?.closest('.mr-dock')
    if (active && left && !frame.current?.contains(at)) instance.current?.focus()
  }, [active])
  const problems = useMemo(
    () =>
      checks.markers.map(({ message, severity, line, column }) => ({
        message,
        severity,
        place: `${session.path || 'New query'} · line ${line}`,
        open: () => {
          showView(id)
          jump(line, column)
        },
      })),
    [checks.markers, session, jump, id],
  )
  usePublishProblems(`sql:${session.key}`, problems)
  return (
    <div ref={frame} className={styles.workbench}>
      <SqlToolbar session={session} header={header} checks={checks} actions={actions} />
      <Conflict session={session} />
      <SplitPane
        direction="column"
        sized="second"
        size={height}
        onSize={setHeight}
        min={120}
        restore={380}
        label="Height of the results"
        first={
          <div className={styles.editor}>
            <CodeEditor
              label={`${ENGINE_TITLES[header.engine]} query`}
              language={languageOf(header.engine)}
              value={text}
              onChange={(next) => session.write(next)}
              markers={checks.markers}
              goto={goto}
              suggest
              menu={() => editorMenu(actions)}
              onLoad={registerLanguages}
              onMount={(made, monaco) => {
                instance.current = made
                setShown(true)
                const leave = mountEditor(made, monaco, session, setPlace)
                return () => {
                  leave()
                  instance.current = null
                }
              }}
            />
          </div>
        }
        second={<ResultPane session={session} actions={actions} onJump={jump} />}
      />
      <ParametersDialog
        names={actions.asking?.names ?? null}
        values={values}
        onClose={() => actions.answer(null)}
        onRun={(next) => {
          setValues((before) => ({ ...before, ...next }))
          actions.answer(next)
        }}
      />
      <WorkGroupDialog session={session} />
      <NameDialog
        open={actions.naming}
        title={session.path === '' ? 'Save query' : 'Save query as'}
        label="File name"
        help="It is kept in queries/ of the workspace."
        unit=".sql"
        initial={session.path === '' ? '' : `${fileName(session.path)} copy`}
        action="Save"
        onClose={() => actions.name(null)}
        onDone={(name) => void actions.name(name)}
      />
    </div>
  )
}

function editorMenu(actions: Actions): MenuItem[] {
  return [
    { title: 'Run selection or statement', shortcut: 'Mod+Enter', onSelect: () => actions.run('chosen') },
    { title: 'Explain statement', shortcut: 'Mod+Shift+E', onSelect: () => actions.explain(false) },
    { title: 'Rows of the inner query', shortcut: 'Alt+R', onSelect: actions.look },
    'separator',
    { title: 'Go to definition', shortcut: 'F12', onSelect: () => actions.editor('millrace.definition') },
    { title: 'Format', shortcut: 'Shift+Alt+F', onSelect: () => void actions.format() },
    { title: 'Comment or uncomment', shortcut: 'Mod+/', onSelect: () => actions.editor('editor.action.commentLine') },
  ]
}

function Conflict({ session }: { session: Session }) {
  const conflict = useStore(session.store, (state) => state.conflict)
  if (!conflict) return null
  return (
    <ConflictBanner
      path={session.path}
      reload={() => session.reload()}
      saveCopy={() => queryFiles.write(session.clients, `${fileName(session.path)} mine`, () => session.state.text)}
      overwrite={() => session.save({ overwrite: true })}
    />
  )
}
