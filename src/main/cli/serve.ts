import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'
import { EngineError } from '../../engines/kit/pure/errors.ts'
import { readOwner } from '../ownership.ts'
import { ServedSession } from '../served/session.ts'
import { renewTokens } from '../served/token.ts'
import type { Session } from '../session.ts'
import { DEFAULT_AWS_PORT, DEFAULT_PORT, portOption, stopSignal, workspaceOption } from './options.ts'

export async function command(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      workspace: { type: 'string' },
      port: { type: 'string' },
      'aws-port': { type: 'string' },
      'no-open': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'renew-token': { type: 'boolean', default: false },
    },
  })
  const stopped = stopSignal()
  const workspaceDirectory = workspaceOption(values.workspace)
  if (values['renew-token']) {
    const owner = readOwner(workspaceDirectory)
    if (owner)
      throw new EngineError(
        'WorkspaceInUse',
        `${workspaceDirectory} is open in process ${owner.pid}, which keeps its address until it ends: stop it, then renew.`,
      )
    renewTokens()
  }
  const served = await ServedSession.open({
    workspaceDirectory,
    port: portOption('port', values.port, DEFAULT_PORT),
    awsPort: portOption('aws-port', values['aws-port'], DEFAULT_AWS_PORT),
    onSwitch: values.json ? () => {} : announceSwitch,
  })
  const { session } = served
  const { page, ready } = await describe(session).catch(async (thrown) => {
    await served.stop()
    throw thrown
  })
  if (values.json) process.stdout.write(`${JSON.stringify(ready)}\n`)
  else await announce(session)
  if (!values['no-open'] && !values.json) openBrowser(page)
  if (session.owned) await stopped
  await served.stop()
  return 0
}

/** What a program that starts Millrace needs to know. The keys are the workspace's own, for clients of this machine. */
async function describe(session: Session) {
  const { clients, url, token, pid } = session
  const [gate, workspace, keys] = await Promise.all([
    clients.gate.status({}),
    clients.workspace.describe({}),
    clients.workspace.credentials({}),
  ])
  const ready = { url, token, aws: gate.url, workspace: workspace.directory, pid, ...keys }
  return { page: `${url}#token=${token}`, ready, gate, workspace }
}

/** Says on the terminal what is open and where. */
export async function announce(session: Session): Promise<{ page: string }> {
  const { page, gate, workspace } = await describe(session)
  const taken = gate.port === gate.wanted || gate.wanted === 0 ? '' : ` (port ${gate.wanted} is taken)`
  const attached = session.owned ? '' : `The workspace is open in process ${session.pid}: attached to it.\n`
  process.stdout.write(
    `${attached}Workspace  ${workspace.name} (${workspace.directory})\nMillrace   ${page}\nAWS        ${gate.url}${taken}\n`,
  )
  if (session.owned) process.stdout.write('Stop with Ctrl+C.\n')
  return { page }
}

/** The page went to another workspace, or could not. */
export function announceSwitch(session: Session, failure?: EngineError): void {
  if (failure) process.stderr.write(`The other workspace was not opened: ${failure.message}\n`)
  announce(session).catch((thrown) => process.stderr.write(`${EngineError.from(thrown).message}\n`))
}

/** Opens the page in the user's browser. Where there is none (a remote box), the address above is enough. */
export function openBrowser(url: string): void {
  const [program, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '', url]
        : ['xdg-open', url]
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return
  const child = spawn(program, args, { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}
