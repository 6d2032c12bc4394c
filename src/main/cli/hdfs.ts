import { parseArgs } from 'node:util'
import { attachToRunning } from './attached.ts'

const MIB = 1024 * 1024

/** Starts the workspace's HDFS, which from then on starts with the program, and says how it is and where WebHDFS answers. */
export async function command(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { workspace: { type: 'string' }, json: { type: 'boolean' } } })
  const session = await attachToRunning(values.workspace)
  const cluster = await session.clients.hdfs.describe({})
  await session.stop()
  if (values.json) process.stdout.write(`${JSON.stringify(cluster)}\n`)
  else {
    const { underReplicated, corrupt, missing } = cluster
    const lines = [
      `WebHDFS    ${cluster.webhdfs}`,
      `Safe mode  ${cluster.safeMode ?? 'off'}`,
      `Namespace  ${cluster.files} files, ${cluster.directories} directories, ${cluster.blocks} blocks`,
      `Blocks     ${underReplicated} under-replicated, ${corrupt} corrupt, ${missing} missing`,
      ...cluster.nodes.map(
        ({ name, rack, state, usedBytes, capacityBytes }) =>
          `${name.padEnd(10)} ${rack}, ${state}, ${(usedBytes / MIB).toFixed(1)} of ${(capacityBytes / MIB).toFixed(0)} MiB`,
      ),
    ]
    process.stdout.write(`${lines.join('\n')}\n`)
  }
  return 0
}
