import styles from '../DataTable.module.css'
import { ErrorView } from '../Notice.tsx'
import { Progress } from '../Progress.tsx'
import type { UnknownColumn } from './filter.ts'

/** Files of more rows than this show their progress. */
const LONG_EXPORT = 20_000

/** What is under way with a table, and what went wrong, between its tools and its rows. */
export function TableNotes(props: {
  writing: { format: string; share: number; stop: AbortController } | null
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
