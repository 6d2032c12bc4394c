import type { editor } from 'monaco-editor/editor/editor.api'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { ConflictBanner } from '../../lib/ConflictBanner.tsx'
import { CodeEditor } from '../../lib/code-editor/index.ts'
import { fileName } from '../../lib/document-names.ts'
import { showView, useDirty, usePublishProblems, useRemembered, useSettled, useView } from '../../lib/index.ts'
import { type MenuItem, NameDialog, SplitPane } from '../../ui/index.ts'
import { mountEditor } from './editing.ts'
import { queryFiles } from './files.ts'
import { languageOf, registerLanguages } from './language/register.ts'
import { ENGINE_TITLES } from './model/header.ts'
import { gist, splitStatements } from './model/statements.ts'
import { ParametersDialog } from './ParametersDialog.tsx'
import { ResultPane } from './results/ResultPane.tsx'
import { SqlToolbar } from './SqlToolbar.tsx'
import { headerOf, isDirty, type Session } from './session.ts'
import styles from './sql.module.css'
import { type Actions, useActions } from './useActions.ts'
import { useChecks } from './useChecks.ts'
import { WorkGroupDialog } from './workgroups/WorkGroupDialog.tsx'

const TITLE_MS = 800

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
  useUnsaved(session, actions.saveForClosing)
  const title = useTitle(session, text)
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
        place: `${session.path || title} · line ${line}`,
        open: () => {
          showView(id)
          jump(line, column)
        },
      })),
    [checks.markers, session, title, jump, id],
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
        open={actions.naming !== null}
        title={session.path === '' ? 'Save query' : 'Save query as'}
        label="File name"
        help="It is kept in queries/ of the workspace."
        unit=".sql"
        initial={actions.naming ?? ''}
        action="Save"
        onClose={() => actions.name(null)}
        onDone={(name) => void actions.name(name)}
      />
    </div>
  )
}

/** What closing the tab would lose, and how it is saved before. */
function useUnsaved(session: Session, save: () => Promise<boolean>): void {
  const dirty = useStore(session.store, (state) => isDirty(state, session.path))
  const inTransaction = useStore(session.store, (state) => state.held?.transaction === 'open')
  useDirty(
    dirty || inTransaction,
    inTransaction
      ? {
          lost: dirty
            ? 'has changes that are not saved, and a transaction that is not committed. Both are lost on closing.'
            : 'has a transaction that is not committed. It is rolled back on closing.',
        }
      : { kept: true, save, discard: session.discard },
  )
}

/** A query without a file is called after its first statement as soon as there is one, and the writing rests. */
function useTitle(session: Session, text: string): string {
  const { setTitle } = useView()
  const latest = useRef(setTitle)
  latest.current = setTitle
  const title = useSettled(
    useMemo(() => gist(splitStatements(text)[0]?.sql ?? '', 28) || 'New query', [text]),
    TITLE_MS,
  )
  useEffect(() => {
    if (session.path === '') latest.current(title)
  }, [session, title])
  return title
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
