import { EngineError } from '../../engines/kit/pure/errors.ts'
import { readOwner } from '../ownership.ts'
import { openSession, type Session } from '../session.ts'
import { DEFAULT_AWS_PORT, workspacePath } from './options.ts'

/** A session with the Millrace that has the workspace open, for commands that make sense beside one only. */
export async function attachToRunning(workspace: string | undefined): Promise<Session> {
  const workspaceDirectory = workspacePath(workspace)
  if (!readOwner(workspaceDirectory)) {
    throw new EngineError(
      'NotRunning',
      `No Millrace has ${workspaceDirectory} open. Start one with: millrace serve --workspace ${workspaceDirectory}`,
    )
  }
  return openSession({
    workspaceDirectory,
    shell: 'cli',
    port: 0,
    awsPort: DEFAULT_AWS_PORT,
    rendererDirectory: null,
    echoLogs: false,
  })
}
