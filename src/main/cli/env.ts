import { parseArgs } from 'node:util'
import { attachToRunning } from './attached.ts'

/** The exports for a shell whose AWS clients should talk to the Millrace that has the workspace open. */
export async function command(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { workspace: { type: 'string' } } })
  const session = await attachToRunning(values.workspace)
  const { clients } = session
  const [gate, keys, ingest] = await Promise.all([
    clients.gate.status({}),
    clients.workspace.credentials({}),
    clients.ingest.access({}),
  ])
  await session.stop()
  const exports = {
    AWS_ENDPOINT_URL: gate.url,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_DEFAULT_REGION: keys.region,
    AWS_REGION: keys.region,
    MILLRACE_INGEST_TOKEN: ingest.token,
  }
  for (const [name, value] of Object.entries(exports)) process.stdout.write(`export ${name}='${value}'\n`)
  return 0
}
