import { parseArgs } from 'node:util'
import { EngineError } from '../../engines/kit/pure/errors.ts'
import { readOwner } from '../ownership.ts'
import { openSession } from '../session.ts'
import { DEFAULT_AWS_PORT, workspacePath } from './options.ts'

/** The exports for a shell whose AWS clients should talk to the Millrace that has the workspace open. */
export async function command(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { workspace: { type: 'string' } } })
  const workspaceDirectory = workspacePath(values.workspace)
  if (!readOwner(workspaceDirectory)) {
    throw new EngineError(
      'NotRunning',
      `No Millrace has ${workspaceDirectory} open. Start one with: millrace serve --workspace ${workspaceDirectory}`,
    )
  }
  const session = await openSession({
    workspaceDirectory,
    shell: 'cli',
    port: 0,
    awsPort: DEFAULT_AWS_PORT,
    rendererDirectory: null,
    echoLogs: false,
  })
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
