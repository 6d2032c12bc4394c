import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'
import { openSession, rendererDirectory } from '../session.ts'
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
    },
  })
  const stopped = stopSignal()
  const workspaceDirectory = workspaceOption(values.workspace)
  const session = await openSession({
    workspaceDirectory,
    shell: 'served',
    port: portOption('port', values.port, DEFAULT_PORT),
    awsPort: portOption('aws-port', values['aws-port'], DEFAULT_AWS_PORT),
    rendererDirectory: rendererDirectory(),
    echoLogs: true,
  })
  const page = `${session.url}#token=${session.token}`
  const [gate, workspace, keys] = await Promise.all([
    session.clients.gate.status({}),
    session.clients.workspace.describe({}),
    session.clients.workspace.credentials({}),
  ])
  if (values.json) {
    process.stdout.write(
      `${JSON.stringify({ url: session.url, token: session.token, aws: gate.url, workspace: workspace.directory, pid: session.pid, accessKeyId: keys.accessKeyId, secretAccessKey: keys.secretAccessKey, region: keys.region })}\n`,
    )
  } else {
    if (!session.owned) process.stdout.write(`The workspace is open in process ${session.pid}: attached to it.\n`)
    process.stdout.write(
      `Workspace  ${workspace.name} (${workspace.directory})\nMillrace   ${page}\nAWS        ${gate.url}`,
    )
    process.stdout.write(gate.port === gate.wanted ? '\n' : ` (port ${gate.wanted} is taken)\n`)
    process.stdout.write('Stop with Ctrl+C.\n')
  }
  if (!values['no-open'] && !values.json) openBrowser(page)
  if (!session.owned) {
    await session.stop()
    return 0
  }
  await stopped
  await session.stop()
  return 0
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
