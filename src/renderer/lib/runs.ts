import { producedBy } from '../../engines/pipeline/contract.ts'
import { fileName } from './document-names.ts'
import { openView } from './view.tsx'

/** What a run is called in lists: its pipeline, or what sends into which stream. */
export function runName(pipeline: string): string {
  const produced = producedBy(pipeline)
  return produced ? `${produced.producer} → ${produced.stream}` : fileName(pipeline)
}

/** Shows a run where it is drawn: on its pipeline's canvas, or at the stream that a producer sends into. */
export function openRun({ pipeline, ...at }: { pipeline: string; runId?: string; node?: string }): void {
  const produced = producedBy(pipeline)
  if (produced) openView('streams.monitor', { stream: produced.stream })
  else openView('builder.pipeline', { path: pipeline, ...at })
}
