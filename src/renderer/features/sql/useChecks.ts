import { useEffect, useMemo, useRef, useState } from 'react'
import { useStore } from 'zustand'
import { EngineError, type WireError } from '../../../engines/kit/pure/errors.ts'
import type { Marker } from '../../lib/code-editor/index.ts'
import { giveWay } from '../../lib/index.ts'
import { dialectOf } from './execution.ts'
import { type SyntaxError as Broken, syntaxErrors } from './language/syntax.ts'
import { type Dialect, engineOf, type Header, runsHere } from './model/header.ts'
import { fillIn, parametersOf } from './model/parameters.ts'
import { placeInText, type Statement, splitStatements, statementAt, withoutPlace } from './model/statements.ts'
import type { Session } from './session.ts'
import type { Place } from './Workbench.tsx'

export interface Checks {
  /** Where the text is wrong. */
  readonly markers: readonly Marker[]
  readonly estimate: { bytesScanned: number; costUsd: number; files: number; statements: number } | null
  readonly estimating: boolean
  /** Why the statement at the cursor does not stand, in one line. */
  readonly error: string | null
}

/** What the engine said of a statement, for as long as the text says the same. */
interface Verdict {
  readonly of: readonly Statement[]
  readonly estimate: Checks['estimate']
  readonly errors: readonly { statement: Statement; error: WireError }[]
}

const PAUSE_MS = 350
const SYNTAX_MS = 200
const FIRST_SYNTAX_MS = 800

/** What would be run: the statements of the selection, else the one at the cursor. */
export function chosen(text: string, { from, to }: Place): Statement[] {
  if (to > from) {
    const selected = splitStatements(text, from, to)
    if (selected.length > 0) return selected
  }
  const statement = statementAt(text, from)
  return statement ? [statement] : []
}

/** What is judged: the whole statements that the selection touches. A word that is merely selected is no statement. */
export function judged(text: string, { from, to }: Place): Statement[] {
  const touched = splitStatements(text).filter(({ start, end }) => start < to && end > from)
  return to > from && touched.length > 0 ? touched : chosen(text, { from, to: from })
}

/** Checks the text while it is written, once it is `shown`: its grammar in a worker, and the chosen statements by the engine itself. */
export function useChecks(
  session: Session,
  text: string,
  { engine, database, workGroup }: Required<Header>,
  place: Place,
  values: Readonly<Record<string, string>>,
  shown: boolean,
): Checks {
  const broken = useSyntax(text, engine, shown)
  const statements = useMemo(() => judged(text, place).slice(0, 8), [text, place])
  // What the session holds says which tables there are.
  const held = useStore(session.store, (state) => state.held)
  const wanted = `${engine} ${database} ${workGroup} ${statements.map(({ sql, start }) => `${start}:${sql}`).join(';')} ${JSON.stringify(values)} ${engine === 'warehouse' ? JSON.stringify(held) : ''}`
  const [verdict, setVerdict] = useState<{ wanted: string; verdict: Verdict } | null>(null)
  const asked = useRef({ statements, values })
  asked.current = { statements, values }
  // `wanted` says all of it in one text: the same question is not asked again because a list was made anew.
  useEffect(() => {
    const stop = new AbortController()
    const { statements, values } = asked.current
    const onLake = engineOf(engine) === 'athena'
    const timer = setTimeout(async () => {
      await giveWay('features')
      if (stop.signal.aborted) return
      // What runs elsewhere has no engine here to ask: its grammar alone judges it.
      const ready = (runsHere(engine) ? statements : []).filter(({ sql }) =>
        parametersOf(sql, engine).every((name) => values[name] !== undefined),
      )
      const errors: { statement: Statement; error: WireError }[] = []
      const sum = { bytesScanned: 0, costUsd: 0, files: 0, statements: 0 }
      try {
        for (const statement of ready) {
          const { sql, written } = fillIn(statement.sql, values, engine)
          const answer = onLake
            ? await session.clients.athena.estimate(
                { sql, dialect: dialectOf(engine), database, workGroup },
                { signal: stop.signal },
              )
            : {
                ...(await session.clients.warehouse.check(
                  { sql, ...session.connection.current },
                  { signal: stop.signal },
                )),
                bytesScanned: 0,
                costUsd: 0,
                files: 0,
              }
          if (answer.error) errors.push({ statement, error: { ...answer.error, at: written(answer.error.at ?? {}) } })
          else {
            sum.bytesScanned += answer.bytesScanned
            sum.costUsd += answer.costUsd
            sum.files += answer.files
            sum.statements++
          }
        }
      } catch (thrown) {
        if (stop.signal.aborted) return
        const error = EngineError.from(thrown).toWire()
        if (ready[0] && error.domain === 'user') errors.push({ statement: ready[0], error })
      }
      if (!stop.signal.aborted)
        setVerdict({
          wanted,
          verdict: { of: ready, errors, estimate: onLake && sum.statements > 0 ? sum : null },
        })
    }, PAUSE_MS)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [wanted, session, engine, database, workGroup])
  const current = verdict?.wanted === wanted ? verdict.verdict : null
  const failures = useRunFailures(session, text)
  const markers = useMemo(() => {
    const spoken = new Set(current?.of.map(({ start }) => start))
    return distinct([
      ...(current?.errors.map(({ statement, error }) => markerOf(statement, error)) ?? []),
      ...failures,
      // Where the engine itself has spoken, its word counts, not the grammar's.
      ...broken
        .filter(({ start }) => !spoken.has(start))
        .map(({ message, line, column, endLine, endColumn }) => ({
          message,
          severity: 'error' as const,
          line,
          column,
          endLine,
          endColumn,
        })),
    ])
  }, [current, failures, broken])
  return {
    markers,
    estimate: current?.estimate ?? null,
    estimating: current === null && statements.length > 0 && runsHere(engine),
    error: current?.errors[0]
      ? lineOf(current.errors[0])
      : !runsHere(engine) && broken[0]
        ? `Line ${broken[0].line}: ${broken[0].message}`
        : null,
  }
}

function useSyntax(text: string, dialect: Dialect, shown: boolean): readonly (Broken & { start: number })[] {
  const [found, setFound] = useState<{ of: string; errors: readonly (Broken & { start: number })[] }>({
    of: '',
    errors: [],
  })
  const of = `${dialect} ${text}`
  const first = useRef(true)
  useEffect(() => {
    // The grammars are megabytes to read, on cores that the editor is drawn with.
    if (!shown) return
    let gone = false
    const timer = setTimeout(
      async () => {
        first.current = false
        const errors = await syntaxErrors(text, dialect)
        if (!gone) setFound({ of, errors })
      },
      first.current ? FIRST_SYNTAX_MS : SYNTAX_MS,
    )
    return () => {
      gone = true
      clearTimeout(timer)
    }
  }, [text, dialect, of, shown])
  return useMemo(() => (found.of === of ? found.errors : []), [found, of])
}

/** Errors of the last run, at the statements that still say the same. */
function useRunFailures(session: Session, text: string): readonly Marker[] {
  const results = useStore(session.store, (state) => state.results)
  return useMemo(() => {
    const failed = results.filter(
      ({ engine, execution, error }) => runsHere(engine) && (error ?? execution?.state === 'failed'),
    )
    if (failed.length === 0) return []
    const statements = splitStatements(text)
    return failed.flatMap(({ sql, given, execution, error }) => {
      const statement = statements.find((candidate) => candidate.sql === (given?.written ?? sql))
      const failure = execution?.error ?? error
      return statement && failure ? [markerOf(statement, failure)] : []
    })
  }, [results, text])
}

function markerOf(statement: Statement, error: Pick<WireError, 'message' | 'at'>): Marker {
  const { at } = error
  const message = withoutPlace(error.message)
  const place = placeInText(statement, at ?? {})
  if (at?.line === undefined) return { message, severity: 'error', ...place }
  const end = at.endLine === undefined ? null : placeInText(statement, { line: at.endLine, column: at.endColumn ?? 1 })
  return { message, severity: 'error', ...place, ...(end && { endLine: end.line, endColumn: end.column }) }
}

function lineOf({ statement, error }: { statement: Statement; error: WireError }): string {
  return `Line ${placeInText(statement, error.at ?? {}).line}: ${withoutPlace(error.message)}`
}

function distinct(markers: readonly Marker[]): Marker[] {
  return [...new Map(markers.map((marker) => [`${marker.line}:${marker.column}`, marker])).values()]
}
