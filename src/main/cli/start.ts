import { parseArgs } from 'node:util'
import { EngineError } from '../../engines/kit/pure/errors.ts'
import { startSampleOnce } from '../first-run.ts'
import { ServedSession } from '../served/session.ts'
import { DEFAULT_AWS_PORT, DEFAULT_PORT, stopSignal, workspaceOption } from './options.ts'
import { showRun } from './run.ts'
import { announce, announceSwitch, openBrowser } from './serve.ts'

/** What `npm start` does without Electron: opens the sample workspace in the browser and, the first time, runs its pipeline. */
export async function command(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { workspace: { type: 'string' }, 'no-open': { type: 'boolean', default: false } },
  })
  const stopped = stopSignal()
  const served = await ServedSession.open({
    workspaceDirectory: workspaceOption(values.workspace),
    port: DEFAULT_PORT,
    awsPort: DEFAULT_AWS_PORT,
    onSwitch: announceSwitch,
  })
  const { session } = served
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
  await served.stop()
  return 0
}
