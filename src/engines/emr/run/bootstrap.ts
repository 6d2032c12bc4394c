import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EngineError } from '../../kit/pure/errors.ts'
import type { Instance } from '../contract.ts'
import type { Owner } from '../live/owner.ts'
import { boundsOf, exitCodeOf, resourcesOf } from './bounds.ts'
import { readAnywhere } from './files.ts'
import { StepLogs } from './logs.ts'
import { variablesOf } from './variables.ts'

/** Runs the bootstrap actions of an instance, each after the other, as processes. Answers what went wrong; undefined where nothing did. */
export async function runBootstrap(owner: Owner, instance: Instance): Promise<string | undefined> {
  const { parts } = owner
  const { clock, workspaceDirectory, clients } = parts.context
  const { cluster } = owner
  const release = clock.hold()
  try {
    for (const [index, action] of cluster.bootstrap.entries()) {
      const number = index + 1
      const id = `${cluster.id}/node/${instance.ec2Id}/bootstrap-actions/${number}`
      const logs = new StepLogs(parts.processes.folder(id), () => clock.now())
      const code = await run(id, action, logs)
      if (cluster.logUri !== undefined)
        await logs.upload(clients, `${cluster.logUri.replace(/\/$/, '')}/${id}`).catch(() => {})
      if (code === 0) continue
      const where = instance.role === 'MASTER' ? 'the master' : 'a worker'
      return `On ${where} instance (${instance.ec2Id}), bootstrap action ${number} returned a non-zero return code`
    }
  } finally {
    release()
  }
  return undefined

  async function run(id: string, action: (typeof cluster.bootstrap)[number], logs: StepLogs): Promise<number> {
    const { processes } = parts
    const bounds = boundsOf(resourcesOf(instance, cluster))
    try {
      if (processes.hasBegun(id)) return exitCodeOf(await processes.adopt(id, bounds), bounds)
      await parts.requireTrust()
      const script = join(processes.workFolder(id), 'action')
      writeFileSync(script, await readAnywhere(action.path, { clients, workspaceDirectory }))
      chmodSync(script, 0o755)
      logs.controller(`${action.name}: ${action.path} ${action.args.join(' ')}`)
      const env = {
        ...(await variablesOf(cluster, { clients, runtimes: parts.runtimes(), workspaceDirectory })),
        EMR_INSTANCE_ID: instance.ec2Id,
        EMR_IS_MASTER: String(instance.role === 'MASTER'),
        EMR_NODE_FOLDER: processes.workFolder(`${cluster.id}/node/${instance.ec2Id}`),
      }
      const { ended } = await processes.start({ id, command: [script, ...action.args], env, bounds })
      const exitCode = exitCodeOf(await ended, bounds)
      logs.controller(`ended with exit code ${exitCode}`)
      return exitCode
    } catch (thrown) {
      logs.append('stderr', `${EngineError.from(thrown).message}\n`)
      return 1
    }
  }
}
