import { parseArgs } from 'node:util'
import { EngineError } from '../../engines/kit/pure/errors.ts'
import { openSession, rendererDirectory, type Session } from '../session.ts'
import { DEFAULT_AWS_PORT, DEFAULT_PORT, stopSignal, workspaceOption } from './options.ts'
import { run } from './run.ts'
import { announce, openBrowser } from './serve.ts'

const SAMPLE = 'pipelines/flights.json'

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
  if (await isFirstRun(session)) {
    process.stdout.write(`\nRunning the sample pipeline, ${SAMPLE}:\n`)
    await run([SAMPLE], session).catch((thrown) => process.stderr.write(`${EngineError.from(thrown).message}\n`))
  } else
    process.stdout.write(
      `The sample pipeline has run before; run it again from its tab, or with: millrace run flights\n`,
    )
  if (session.owned) await stopped
  await session.stop()
  return 0
}

/** The sample is there and has never run: a workspace that a person works in is not run over by opening it. */
async function isFirstRun({ clients }: Session): Promise<boolean> {
  const documents = await clients.workspace.listDocuments({ folder: 'pipelines' })
  if (!documents.some(({ path }) => path === SAMPLE)) return false
  const { trusted, readOnly } = await clients.workspace.describe({})
  return trusted && !readOnly && (await clients.pipeline.listRuns({ pipeline: SAMPLE, limit: 1 })).length === 0
}
