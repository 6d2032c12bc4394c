import { parseArgs } from 'node:util'
import { EngineError } from '../../engines/kit/pure/errors.ts'
import { startSampleOnce } from '../first-run.ts'
import { openSession, rendererDirectory } from '../session.ts'
import { DEFAULT_AWS_PORT, DEFAULT_PORT, stopSignal, workspaceOption } from './options.ts'
import { showRun } from './run.ts'
import { announce, openBrowser } from './serve.ts'

/** What `npm start` does without Electron: opens the sample workspace in the browser and, the first time, runs its pipeline. */
export async function command(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { workspace: { type: 'string' }, 'no-open': { type: 'boolean', default: false } },
  })
  const stopped = stopSignal()
  const session = await openSession({
    workspaceDirectory: workspaceOption(values.workspace),
    shell: 'served',
    port: DEFAULT_PORT,
    awsPort: DEFAULT_AWS_PORT,
    rendererDirectory: rendererDirectory(),
    echoLogs: true,
  })
  const { page } = await announce(session)
  if (!values['no-open']) openBrowser(page)
  try {
    const run = await startSampleOnce(session.clients)
    process.stdout.write(
      run
        ? `\nRunning the sample pipeline, ${run.pipeline}:\n`
        : 'The sample pipeline has run before; run it again from its tab, or with: millrace run flights\n',
    )
    if (run) await showRun(run, session)
  } catch (thrown) {
    process.stderr.write(`${EngineError.from(thrown).message}\n`)
  }
  if (session.owned) await stopped
  await session.stop()
  return 0
}
