import { FileWarning } from 'lucide-react'
import { useState } from 'react'
import type { EngineError } from '../../../engines/kit/pure/errors.ts'
import { fileName, freePath } from '../../lib/document-names.ts'
import { notifyError, openView, useClients } from '../../lib/index.ts'
import { Banner, Button, ErrorView } from '../../ui/index.ts'
import styles from './Builder.module.css'
import { jumpTo, useBuilder, useDocument, useRun, useSession } from './context.ts'
import { titleOf } from './model/ports.ts'
import { failureOf } from './model/run-view.ts'
import { documentText } from './model/text.ts'

/** The file changed outside while there are changes here: three ways on, none of which loses anything unasked. */
export function Conflict() {
  const { session } = useBuilder()
  const clients = useClients()
  const conflict = useSession((state) => state.conflict)
  if (!conflict) return null
  const attempt = (work: Promise<unknown>) =>
    void work.catch((thrown: unknown) => notifyError('That did not work', thrown))
  const saveAs = async () => {
    const { document } = session
    if (!document) return
    const taken = (await clients.workspace.listDocuments({ folder: 'pipelines' })).map((d) => d.path)
    const path = freePath('pipelines', `${fileName(session.path)} mine`, taken)
    await clients.workspace.writeDocument({ path, text: documentText(document) })
    await session.reload()
    openView('builder.pipeline', { path })
  }
  return (
    <Banner
      tone="warn"
      icon={<FileWarning size={15} />}
      actions={
        <>
          <Button size="s" onClick={() => attempt(session.reload())}>
            Load it, lose mine
          </Button>
          <Button size="s" onClick={() => attempt(saveAs())}>
            Save mine as a copy
          </Button>
          <Button size="s" onClick={() => attempt(session.save({ overwrite: true }))}>
            Overwrite it
          </Button>
        </>
      }
    >
      {fileName(session.path)} was changed outside while you have unsaved changes.
    </Banner>
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
