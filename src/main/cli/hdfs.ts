import { parseArgs } from 'node:util'
import type { Session } from '../session.ts'
import { attachToRunning } from './attached.ts'
import { balancer } from './hdfs/balancer.ts'
import { dfs } from './hdfs/dfs.ts'
import { dfsadmin } from './hdfs/dfsadmin.ts'
import { fsck } from './hdfs/fsck.ts'
import { HdfsShell } from './hdfs/shell.ts'

const MIB = 1024 * 1024

/** Hadoop's own commands, with its options, its words and its exit codes. */
const TOOLS: Readonly<Record<string, (shell: HdfsShell, args: readonly string[]) => Promise<number>>> = {
  dfs,
  dfsadmin,
  fsck,
  balancer,
}

/** Without a tool's name it starts the workspace's HDFS, which from then on starts with the program, and says how it is and where WebHDFS answers. */
export async function command(args: string[]): Promise<number> {
  const { workspace, rest } = takeWorkspace(args)
  const { [rest[0] ?? '']: tool } = TOOLS
  if (!tool) {
    const { values } = parseArgs({ args: rest, options: { json: { type: 'boolean' } } })
    return withSession(workspace, (session) => describe(session, values.json ?? false))
  }
  // Who reads what is printed may stop before its end, as `head` does.
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => code === 'EPIPE' && process.exit(141))
  return withSession(workspace, ({ clients }) => tool(new HdfsShell(clients), rest.slice(1)))
}

/** Hadoop's options follow rules of their own, so only this one is taken out of them. */
function takeWorkspace(args: readonly string[]): { workspace: string | undefined; rest: string[] } {
  const at = args.indexOf('--workspace')
  return at < 0
    ? { workspace: undefined, rest: [...args] }
    : { workspace: args[at + 1], rest: [...args.slice(0, at), ...args.slice(at + 2)] }
}

async function withSession(workspace: string | undefined, work: (session: Session) => Promise<number>) {
  const session = await attachToRunning(workspace)
  try {
    return await work(session)
  } finally {
    await session.stop()
  }
}

async function describe({ clients }: Session, json: boolean): Promise<number> {
  const cluster = await clients.hdfs.describe({})
  if (json) process.stdout.write(`${JSON.stringify(cluster)}\n`)
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
