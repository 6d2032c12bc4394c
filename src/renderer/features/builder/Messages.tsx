import { useState } from 'react'
import type { EngineError } from '../../../engines/kit/pure/errors.ts'
import { ConflictBanner } from '../../lib/ConflictBanner.tsx'
import { fileName } from '../../lib/document-names.ts'
import { useClients } from '../../lib/index.ts'
import { Button, ErrorView } from '../../ui/index.ts'
import styles from './Builder.module.css'
import { jumpTo, useBuilder, useDocument, useRun, useSession } from './context.ts'
import { pipelineFiles } from './files.ts'
import { titleOf } from './model/ports.ts'
import { failureOf } from './model/run-view.ts'
import { documentText } from './model/text.ts'

export function Conflict() {
  const { session } = useBuilder()
  const clients = useClients()
  const conflict = useSession((state) => state.conflict)
  const { document } = session
  if (!conflict || !document) return null
  return (
    <ConflictBanner
      path={session.path}
      reload={() => session.reload()}
      saveCopy={() =>
        pipelineFiles.write(clients, `${fileName(session.path)} mine`, () => documentText(session.document ?? document))
      }
      overwrite={() => session.save({ overwrite: true })}
    />
  )
}

/** A run that could not start, or that failed: what, where, and the way there. */
export function Failure({ startError, onDismiss }: { startError: EngineError | null; onDismiss: () => void }) {
  const builder = useBuilder()
  const document = useDocument()
  const run = useRun()
  const [dismissed, setDismissed] = useState<string | null>(null)
  const failure = run?.state === 'failed' && run.runId !== dismissed ? failureOf(run) : null
  const error = startError ?? failure?.error
  if (!error) return null
  const node = document.nodes.find((n) => n.id === (startError ? startError.at?.node : failure?.node))
  const problems = startError !== null && builder.session.state.problems.length > 0
  return (
    <div className={styles.failure}>
      <ErrorView
        compact
        title={startError ? 'The run did not start' : `The run failed${node ? ` at “${titleOf(node)}”` : ''}`}
        error={error}
        actions={
          <>
            {node && (
              <Button size="s" onClick={() => jumpTo(builder, [node.id], error.at?.field)}>
                Go to “{titleOf(node)}”
              </Button>
            )}
            {problems && (
              <Button size="s" onClick={() => builder.ui.setState({ pane: 'problems' })}>
                Show problems
              </Button>
            )}
            <Button
              size="s"
              variant="ghost"
              onClick={() => (startError ? onDismiss() : setDismissed(run?.runId ?? null))}
            >
              Dismiss
            </Button>
          </>
        }
      />
    </div>
  )
}
