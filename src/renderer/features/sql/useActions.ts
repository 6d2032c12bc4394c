import type { editor } from 'monaco-editor/editor/editor.api'
import { type RefObject, useMemo, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { fileName } from '../../lib/document-names.ts'
import { closeView, notify, notifyError, openView, useCommands } from '../../lib/index.ts'
import { endCompletion } from './editing.ts'
import { queryFiles } from './files.ts'
import { formatSql } from './format.ts'
import { around } from './language/complete.ts'
import { exportName } from './model/export-name.ts'
import { innerQueryAt } from './model/inner.ts'
import { parametersOf } from './model/parameters.ts'
import { type Statement, splitStatements } from './model/statements.ts'
import type { Session } from './session.ts'
import { adopt } from './tabs.ts'
import { chosen } from './useChecks.ts'

/** Rows of an inner query are on their way. */
const isLooking = ({ state: { look } }: Session) =>
  look !== null && !look.page && !look.error && !look.cancelled && look.tooLarge === undefined

export type RunKind = 'run' | 'explain' | 'analyze'

export interface Actions {
  run: (what: 'chosen' | 'all') => void
  explain: (analyze: boolean) => void
  cancel: () => void
  /** Rows of the query inside a statement that the cursor is in. */
  look: () => void
  /** The selection, else the whole text, laid out anew. */
  format: () => Promise<void>
  /** An action of the editor itself, by its id. */
  editor: (action: string) => void
  save: () => void
  saveAs: () => void
  /** For a tab that closes: whether its text is in a file then. */
  saveForClosing: () => Promise<boolean>
  focusEditor: () => void
  /** Parameters that a run waits for. */
  asking: { names: readonly string[] } | null
  answer: (values: Readonly<Record<string, string>> | null) => void
  /** A name is asked for; what is offered for one. */
  naming: string | null
  name: (name: string | null) => Promise<void>
}

/** What a person does with a query, and the keys for it. */
export function useActions(
  session: Session,
  {
    instance,
    values,
  }: { instance: RefObject<editor.IStandaloneCodeEditor | null>; values: Readonly<Record<string, string>> },
): Actions {
  const [asking, setAsking] = useState<{ names: readonly string[]; statements: Statement[]; kind: RunKind } | null>(
    null,
  )
  const [naming, setNaming] = useState<string | null>(null)
  const closing = useRef<((saved: boolean) => void) | null>(null)
  const running = useStore(session.store, (state) => state.running)
  const latest = useRef({ values, asking })
  latest.current = { values, asking }
  const actions = useMemo(() => {
    const place = () => {
      const model = instance.current?.getModel()
      const selection = instance.current?.getSelection()
      if (!model || !selection) return { from: 0, to: 0 }
      return {
        from: model.getOffsetAt(selection.getStartPosition()),
        to: model.getOffsetAt(selection.getEndPosition()),
      }
    }
    const go = (kind: RunKind, statements: readonly Statement[], given: Readonly<Record<string, string>>) =>
      void (kind === 'run'
        ? session.runner.run(statements, given)
        : session.runner.explain(statements.slice(0, 1), given, kind === 'analyze'))
    const begin = (kind: RunKind, statements: Statement[]) => {
      if (instance.current) endCompletion(instance.current)
      if (statements.length === 0) {
        notify({ tone: 'info', title: 'There is nothing to run', message: 'Write a statement first.' })
        instance.current?.focus()
        return
      }
      const names = [...new Set(statements.flatMap(({ sql }) => parametersOf(sql, session.header.engine)))]
      if (names.length === 0) go(kind, statements, {})
      else setAsking({ names, statements, kind })
    }
    const askName = () =>
      setNaming(
        session.path === ''
          ? exportName('', 0, splitStatements(session.state.text)[0]?.sql ?? '', '')
          : `${fileName(session.path)} copy`,
      )
    return {
      run: (what: 'chosen' | 'all') =>
        begin('run', what === 'all' ? splitStatements(session.state.text) : chosen(session.state.text, place())),
      explain: (analyze: boolean) => begin(analyze ? 'analyze' : 'explain', chosen(session.state.text, place())),
      cancel: () => (isLooking(session) ? session.looker.cancel() : void session.runner.cancel()),
      look: () => {
        const { sql, offset } = around(session.state.text, place().to, session.header.engine)
        const inner = innerQueryAt(sql, offset, session.header.engine)
        if (inner) void session.looker.show(inner.title, inner.sql, latest.current.values)
        else
          notify({
            tone: 'info',
            title: 'The cursor is in no inner query',
            message: 'Put it into a common table expression, or into a subquery after FROM.',
          })
      },
      answer: (given: Readonly<Record<string, string>> | null) => {
        const waiting = latest.current.asking
        setAsking(null)
        if (given && waiting) go(waiting.kind, waiting.statements, given)
      },
      format: async () => {
        const { text } = session.state
        const { from, to } = place()
        const [start, end] = to > from ? [from, to] : [0, text.length]
        try {
          const formatted = await formatSql(text.slice(start, end), session.header.engine)
          if (session.state.text !== text) return
          session.write(text.slice(0, start) + (end < text.length ? formatted.trimEnd() : formatted) + text.slice(end))
        } catch (thrown) {
          notifyError('The query cannot be formatted', thrown)
        }
      },
      editor: (action: string) => {
        instance.current?.focus()
        instance.current?.trigger('menu', action, null)
      },
      save: () => {
        if (session.path === '') askName()
        else session.save().catch((thrown) => notifyError('The query was not saved', thrown))
      },
      saveAs: askName,
      saveForClosing: async () => {
        if (session.path !== '') return session.save()
        closing.current?.(false)
        askName()
        return new Promise<boolean>((resolve) => {
          closing.current = resolve
        })
      },
      focusEditor: () => instance.current?.focus(),
      name: async (name: string | null) => {
        setNaming(null)
        const closes = closing.current
        closing.current = null
        if (name === null) return closes?.(false)
        try {
          const path = await queryFiles.write(session.clients, name, () => session.state.text)
          if (closes) {
            notify({
              tone: 'good',
              title: `Saved ${fileName(path)}`,
              actions: [{ title: 'Open', run: () => openView('sql.editor', { path }) }],
            })
            closes(true)
          } else if (session.path === '') {
            const draft = session.key
            await session.becomeFile(path)
            adopt(draft, `sql.editor?path=${path}`, path)
            openView('sql.editor', { path })
            closeView(draft)
          } else openView('sql.editor', { path })
        } catch (thrown) {
          closes?.(false)
          notifyError('The query was not saved', thrown)
        }
      },
    }
  }, [session, instance])
  useCommands(
    () => [
      {
        id: 'sql.run',
        title: 'Run selection or statement',
        group: 'SQL',
        shortcut: 'Mod+Enter',
        overEditors: true,
        run: () => actions.run('chosen'),
      },
      {
        id: 'sql.runAll',
        title: 'Run all statements',
        group: 'SQL',
        shortcut: 'Mod+Shift+Enter',
        overEditors: true,
        run: () => actions.run('all'),
      },
      {
        id: 'sql.cancel',
        title: 'Cancel query',
        group: 'SQL',
        shortcut: 'Shift+Escape',
        overEditors: true,
        when: () => session.state.running || isLooking(session),
        run: actions.cancel,
      },
      {
        id: 'sql.cancelOutside',
        title: 'Cancel query',
        hidden: true,
        shortcut: 'Escape',
        when: () => session.state.running || isLooking(session),
        run: actions.cancel,
      },
      {
        id: 'sql.explain',
        title: 'Explain statement',
        group: 'SQL',
        shortcut: 'Mod+Shift+E',
        overEditors: true,
        run: () => actions.explain(false),
      },
      { id: 'sql.analyze', title: 'Explain and measure statement', group: 'SQL', run: () => actions.explain(true) },
      {
        id: 'sql.look',
        title: 'Show rows of the inner query at the cursor',
        group: 'SQL',
        shortcut: 'Alt+R',
        overEditors: true,
        run: actions.look,
      },
      {
        id: 'sql.format',
        title: 'Format query',
        group: 'SQL',
        shortcut: 'Shift+Alt+F',
        overEditors: true,
        run: actions.format,
      },
      { id: 'sql.save', title: 'Save query', group: 'SQL', shortcut: 'Mod+S', overEditors: true, run: actions.save },
      {
        id: 'sql.saveAs',
        title: 'Save query as…',
        group: 'SQL',
        shortcut: 'Mod+Shift+S',
        overEditors: true,
        run: actions.saveAs,
      },
      {
        id: 'sql.toEditor',
        title: 'Go to the text of the query',
        group: 'SQL',
        shortcut: 'Mod+E',
        run: actions.focusEditor,
      },
    ],
    [session, actions, running],
  )
  return { ...actions, asking, naming }
}
