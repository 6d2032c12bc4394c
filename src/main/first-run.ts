import type { Clients } from '../engines/contract.ts'
import type { RunState } from '../engines/pipeline/contract.ts'

const SAMPLE = 'pipelines/flights.json'

/**
 * Starts the sample's pipeline when the sample is opened for the first time, in whichever shell. A workspace that a person works in is not
 * run over by opening it: where the sample is not there, has run before or may not run, nothing starts.
 */
export async function startSampleOnce(clients: Clients): Promise<RunState | null> {
  const documents = await clients.workspace.listDocuments({ folder: 'pipelines' })
  if (!documents.some(({ path }) => path === SAMPLE)) return null
  const { trusted, readOnly } = await clients.workspace.describe({})
  if (!trusted || readOnly || (await clients.pipeline.listRuns({ pipeline: SAMPLE, limit: 1 })).length > 0) return null
  return clients.pipeline.start({ path: SAMPLE })
}
