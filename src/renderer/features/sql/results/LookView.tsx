import { ArrowLeft, Play } from 'lucide-react'
import { useEffect, useMemo, useRef } from 'react'
import { useStore } from 'zustand'
import { formatBytes, formatNumber, plural, tableColumns } from '../../../lib/index.ts'
import {
  Button,
  type CellValue,
  DataTable,
  EmptyState,
  ErrorView,
  Progress,
  Toolbar,
  ToolbarSpace,
} from '../../../ui/index.ts'
import { LOOK_BYTES, LOOK_ROWS, type Look } from '../look.ts'
import { withoutPlace } from '../model/statements.ts'
import type { Session } from '../session.ts'
import styles from '../sql.module.css'
import { rowsOf } from './page-rows.ts'
import { useElapsedText } from './Summary.tsx'

/** The first rows of an inner query, over the results, which wait beneath. */
export function LookView({ session }: { session: Session }) {
  const look = useStore(session.store, (state) => state.look)
  const box = useRef<HTMLElement>(null)
  const title = look?.title
  useEffect(() => {
    if (title !== undefined) box.current?.focus()
  }, [title])
  if (!look) return null
  const run = () => {
    session.looker.close()
    void session.runner.run([{ sql: look.sql, start: 0, end: look.sql.length, line: 1, column: 1 }])
  }
  return (
    <section
      ref={box}
      tabIndex={-1}
      aria-label={`Rows of ${look.title}`}
      className={styles.look}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        session.looker.close()
      }}
    >
      <Toolbar label="Inner query">
        <Button size="s" variant="ghost" icon={<ArrowLeft size={13} />} onClick={() => session.looker.close()}>
          Back to the result
        </Button>
        <b className={styles.lookTitle}>{look.title}</b>
        <span className={styles.quiet} role="status" aria-label="What is shown">
          {saidOf(look)}
        </span>
        <ToolbarSpace />
        <Button size="s" icon={<Play size={13} />} onClick={run}>
          Run as a query
        </Button>
      </Toolbar>
      <Shown look={look} session={session} />
    </section>
  )
}

function saidOf({ page, more }: Look): string {
  if (!page) return ''
  return more
    ? `The first ${formatNumber(LOOK_ROWS)} rows; there are more`
    : `${plural(page.rowCount, 'row')}, all of them`
}

function Shown({ look, session }: { look: Look; session: Session }) {
  const { page } = look
  const columns = useMemo(() => (page ? tableColumns(page.columns) : []), [page])
  const rows = useMemo(() => (page ? rowsOf(page) : []), [page])
  if (look.error)
    return (
      <ErrorView
        compact
        title="Its rows cannot be shown"
        error={{ code: look.error.code, message: withoutPlace(look.error.message) }}
      />
    )
  if (look.tooLarge !== undefined)
    return (
      <EmptyState title={`It would read ${formatBytes(look.tooLarge)}`}>
        A look stops at {formatBytes(LOOK_BYTES)} and {formatNumber(LOOK_ROWS)} rows. Run it as a query to read all of
        it.
      </EmptyState>
    )
  if (look.cancelled) return <EmptyState title="Cancelled">Nothing of it runs any more.</EmptyState>
  if (!page) return <Waiting look={look} onCancel={() => session.looker.cancel()} />
  return (
    <DataTable<readonly CellValue[]>
      label={`Rows of ${look.title}`}
      rows={rows}
      rowKey={(_, at) => String(at)}
      columns={columns}
      numbered
      empty="It has no rows."
    />
  )
}

function Waiting({ look, onCancel }: { look: Look; onCancel: () => void }) {
  const elapsed = useElapsedText(look.startedAt)
  return (
    <div className={styles.running}>
      <Progress
        value={null}
        label={`Reading at most ${formatNumber(LOOK_ROWS)} rows · ${elapsed}`}
        onCancel={onCancel}
      />
    </div>
  )
}
