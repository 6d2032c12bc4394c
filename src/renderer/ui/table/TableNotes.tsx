import type { ReactNode } from 'react'
import { Button } from '../Button.tsx'
import styles from '../DataTable.module.css'
import type { MenuItem } from '../Menu.tsx'
import { ErrorView } from '../Notice.tsx'
import { Progress } from '../Progress.tsx'
import type { UnknownColumn } from './filter.ts'
import type { CopyState } from './useCopy.ts'

/** Files of more rows than this show their progress. */
const LONG_EXPORT = 20_000

/** What is under way with a table, and what went wrong, between its tools and its rows. */
export function TableNotes(props: {
  writing: { format: string; share: number; stop: AbortController } | null
  copy: CopyState | null
  onCopyCancel: (() => void) | null
  /** The keys are the table's again. */
  onAnswered: () => void
  /** The first way to have the rows as a file. */
  onExport: MenuItem | undefined
  rowCount: number
  waiting: string | null
  unknown: readonly UnknownColumn[]
  vain: readonly string[]
  onFilter: (text: string) => void
  error: unknown
}) {
  const { writing, rowCount, waiting, unknown, vain, error } = props
  return (
    <>
      {unknown.length + vain.length > 0 && (
        <div role="status" aria-label="What the filter lacks" className={styles.unknown}>
          {unknown.map((each) => (
            <UnknownNote key={each.asText} {...each} onFilter={props.onFilter} />
          ))}
          {vain.map((words) => (
            <p key={words}>{words}</p>
          ))}
        </div>
      )}
      {writing && writing.share < 1 && rowCount > LONG_EXPORT && (
        <div className={styles.note}>
          <Progress
            value={writing.share}
            label={`Writing ${writing.format.toUpperCase()}`}
            onCancel={() => writing.stop.abort()}
          />
        </div>
      )}
      {props.copy && <CopyNote {...props} copy={props.copy} />}
      {waiting !== null && (
        <div className={styles.note}>
          <Progress value={null} label={waiting} />
        </div>
      )}
      {error !== null && error !== undefined && (
        <ErrorView
          compact
          title="Some rows could not be fetched"
          error={error instanceof Error ? error : { message: String(error) }}
        />
      )}
    </>
  )
}

/** A copy that takes a while, or is more than a clipboard is for. */
function CopyNote({
  copy,
  onCopyCancel: onCancel,
  onExport,
  onAnswered,
}: {
  copy: CopyState
  onCopyCancel: (() => void) | null
  onExport: MenuItem | undefined
  onAnswered: () => void
}) {
  if (copy.kind === 'failed')
    return (
      <ErrorView
        compact
        title="The cells were not copied"
        error={copy.error instanceof Error ? copy.error : { message: String(copy.error) }}
      />
    )
  if (copy.kind === 'copying')
    return (
      <div className={styles.note}>
        <Progress
          value={copy.share}
          label="Copying"
          timeLeft={copy.leftMs === null ? undefined : `about ${Math.ceil(copy.leftMs / 1000)} s left`}
          {...(onCancel && { onCancel })}
        />
      </div>
    )
  if (copy.kind !== 'asking') return null
  const { rows, letters } = copy.lot
  const size = letters === null ? '' : `, about ${Math.round(letters / 1e6).toLocaleString()} MB,`
  const answer = (go: boolean) => {
    copy.answer(go)
    onAnswered()
  }
  const write = onExport && onExport !== 'separator' && 'onSelect' in onExport ? onExport : null
  return (
    <div role="alert" className={styles.asking}>
      <span>
        {rows.toLocaleString()} rows{size} are a lot for the clipboard.
      </span>
      {write && (
        <Button
          size="s"
          onClick={() => {
            answer(false)
            write.onSelect?.()
          }}
        >
          {write.title}
        </Button>
      )}
      <Button size="s" onClick={() => answer(true)}>
        Copy all the same
      </Button>
      <Button size="s" variant="ghost" onClick={() => answer(false)}>
        Cancel
      </Button>
    </div>
  )
}

/** What stands where no row does. */
export function NoRows(props: {
  /** How many there are without the filter. */
  whole: number
  noun: string
  /** They are the first of more. */
  partial: boolean
  empty: ReactNode
  onAll: () => void
  /** Looks beyond the first. */
  onBeyond: (() => void) | undefined
}) {
  const { whole, noun } = props
  return (
    <div className={styles.empty}>
      {whole === 0 ? (
        (props.empty ?? 'There are no rows.')
      ) : (
        <>
          {props.partial
            ? `None of the first ${whole.toLocaleString()} ${noun}s matches the filter; those after them were not looked at.`
            : `No ${noun} matches the filter.`}{' '}
          <Button size="s" onClick={props.onAll}>
            {props.partial ? 'Clear the filter' : `Show all ${noun}s`}
          </Button>{' '}
          {props.partial && props.onBeyond && (
            <Button size="s" onClick={props.onBeyond}>
              Query the whole table
            </Button>
          )}
        </>
      )}
    </div>
  )
}

function UnknownNote({ name, meant, asText, onFilter }: UnknownColumn & { onFilter: (text: string) => void }) {
  return (
    <p>
      There is no column <b>{name}</b>: the rows are not filtered by it.{' '}
      {meant && (
        <button type="button" onClick={() => onFilter(meant.filter)}>
          Filter by {meant.title}
        </button>
      )}{' '}
      <button type="button" onClick={() => onFilter(asText)}>
        Look for the text
      </button>
    </p>
  )
}
