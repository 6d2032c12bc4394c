import { producedBy } from '../../engines/pipeline/contract.ts'
import { openView } from './view.tsx'

/** Shows a run where it is drawn: on its pipeline's canvas, or at the stream that a producer sends into. */
export function openRun({ pipeline, runId }: { pipeline: string; runId?: string }): void {
  const produced = producedBy(pipeline)
  if (produced) openView('streams.monitor', { stream: produced.stream })
  else openView('builder.pipeline', { path: pipeline, ...(runId !== undefined && { runId }) })
}
