import type { ClusterStatus, NodeStatus } from '../../../engines/hdfs/contract.ts'
import { failureText, type HdfsShell, requireCount, shortBytes, USAGE, UsageError } from './shell.ts'

const withWords = (bytes: number): string => `${bytes} (${shortBytes(bytes)}B)`.replace(/ (\d+)B\)$/, ' $1 B)')
const share = (part: number, whole: number): string => `${(whole === 0 ? 0 : (100 * part) / whole).toFixed(2)}%`
/** "Fri Nov 27 08:00:00 UTC 2026" */
export const dateText = (ms: number): string => {
  const [, day, date, month, year, time] = /^(\w+), (\d+) (\w+) (\d+) (\S+) GMT$/.exec(new Date(ms).toUTCString())!
  return `${day} ${month} ${date} ${time} UTC ${year}`
}

const LINE = '-------------------------------------------------'

/** Which nodes `-report` tells of: all of them without any of the three. */
async function report(shell: HdfsShell, args: readonly string[]): Promise<void> {
  const only = ['-live', '-dead', '-decommissioning'].filter((flag) => args.includes(flag))
  if (only.length < args.length) throw new UsageError(`Incorrect arguments: ${args.join(' ')}`)
  const cluster = await shell.hdfs.describe({})
  for (const line of overview(cluster)) await shell.line(line)
  const wanted = (flag: string) => only.length === 0 || only.includes(flag)
  const groups: [string, string, (node: NodeStatus) => boolean][] = [
    ['-live', 'Live datanodes', ({ state }) => state !== 'dead'],
    ['-dead', 'Dead datanodes', ({ state }) => state === 'dead'],
    ['-decommissioning', 'Decommissioning datanodes', ({ admin }) => admin === 'decommissioning'],
  ]
  for (const [flag, title, belongs] of groups) {
    const nodes = cluster.nodes.filter(belongs)
    if (!wanted(flag) || (nodes.length === 0 && flag !== '-live')) continue
    await shell.line(`${title} (${nodes.length}):\n`)
    for (const node of nodes) await shell.line(`${nodeLines(node).join('\n')}\n\n`)
  }
}

function overview({ nodes, safeMode, ...blocks }: ClusterStatus): string[] {
  const live = nodes.filter(({ state }) => state !== 'dead')
  const capacity = live.reduce((sum, { capacityBytes }) => sum + capacityBytes, 0)
  const used = live.reduce((sum, { usedBytes }) => sum + usedBytes, 0)
  return [
    ...(safeMode === null ? [] : ['Safe mode is ON']),
    `Configured Capacity: ${withWords(capacity)}`,
    `Present Capacity: ${withWords(capacity)}`,
    `DFS Remaining: ${withWords(capacity - used)}`,
    `DFS Used: ${withWords(used)}`,
    `DFS Used%: ${share(used, capacity)}`,
    'Replicated Blocks:',
    `\tUnder replicated blocks: ${blocks.underReplicated}`,
    `\tBlocks with corrupt replicas: ${blocks.corrupt}`,
    `\tMissing blocks: ${blocks.missing}`,
    `\tPending replication blocks: ${blocks.pendingReplication}`,
    '',
    LINE,
  ]
}

function nodeLines({ name, rack, admin, capacityBytes, usedBytes, blocks, heardMs }: NodeStatus): string[] {
  const status = { normal: 'Normal', decommissioning: 'Decommission in progress', decommissioned: 'Decommissioned' }
  const left = Math.max(0, capacityBytes - usedBytes)
  return [
    `Name: ${name}`,
    `Hostname: ${name}`,
    `Rack: ${rack}`,
    `Decommission Status : ${status[admin]}`,
    `Configured Capacity: ${withWords(capacityBytes)}`,
    `DFS Used: ${withWords(usedBytes)}`,
    'Non DFS Used: 0 (0 B)',
    `DFS Remaining: ${withWords(left)}`,
    `DFS Used%: ${share(usedBytes, capacityBytes)}`,
    `DFS Remaining%: ${share(left, capacityBytes)}`,
    `Last contact: ${dateText(heardMs)}`,
    `Num of Blocks: ${blocks}`,
  ]
}

async function safemode(shell: HdfsShell, [action = '']: readonly string[]): Promise<void> {
  if (action === 'wait') {
    for await (const { safeMode } of shell.hdfs.watch({})) if (safeMode === null) break
  } else if (action === 'enter' || action === 'leave' || action === 'get') await shell.hdfs.safeMode({ action })
  else throw new UsageError('Usage: hdfs dfsadmin [-safemode enter | leave | get | wait]')
  const { on } = await shell.hdfs.safeMode({ action: 'get' })
  await shell.line(`Safe mode is ${on ? 'ON' : 'OFF'}`)
}

/** "10g" as Hadoop's `TraditionalBinaryPrefix` reads it. */
function bytesOf(text: string): number {
  const match = /^(\d+)([kmgtp]?)$/i.exec(text)
  if (!match) throw new UsageError(`"${text}" is not a valid value for a quota.`)
  return Number(match[1]) * 1024 ** ['', 'k', 'm', 'g', 't', 'p'].indexOf(match[2].toLowerCase())
}

function onFolders(
  name: string,
  change: (shell: HdfsShell, path: string) => Promise<unknown>,
  done?: (path: string) => string,
) {
  return async (shell: HdfsShell, paths: readonly string[]): Promise<void> => {
    requireCount(paths, 1)
    for (const given of paths)
      await shell.attempt(name, given, async () => {
        await change(shell, shell.path(given))
        if (done) await shell.line(done(given))
      })
  }
}

type Quota = { nameQuota: number | null } | { spaceQuota: number | null }

const setQuota = (name: string, quota: (given: string) => Quota) => (shell: HdfsShell, args: readonly string[]) => {
  const [given = '', ...paths] = args
  const value = quota(given)
  return onFolders(name, ({ hdfs }, path) => hdfs.setQuota({ path, ...value }))(shell, paths)
}

const COMMANDS: Readonly<Record<string, (shell: HdfsShell, args: readonly string[]) => Promise<void>>> = {
  '-report': report,
  '-safemode': safemode,
  '-saveNamespace': async (shell) => {
    await shell.hdfs.saveNamespace({})
    await shell.line('Save namespace successful')
  },
  '-setQuota': setQuota('setQuota', (given) => ({ nameQuota: bytesOf(given) })),
  '-clrQuota': onFolders('clrQuota', ({ hdfs }, path) => hdfs.setQuota({ path, nameQuota: null })),
  '-setSpaceQuota': setQuota('setSpaceQuota', (given) => ({ spaceQuota: bytesOf(given) })),
  '-clrSpaceQuota': onFolders('clrSpaceQuota', ({ hdfs }, path) => hdfs.setQuota({ path, spaceQuota: null })),
  '-allowSnapshot': onFolders(
    'allowSnapshot',
    ({ hdfs }, path) => hdfs.setSnapshottable({ path, allowed: true }),
    (path) => `Allowing snapshot on ${path} succeeded`,
  ),
  '-disallowSnapshot': onFolders(
    'disallowSnapshot',
    ({ hdfs }, path) => hdfs.setSnapshottable({ path, allowed: false }),
    (path) => `Disallowing snapshot on ${path} succeeded`,
  ),
}

/** `millrace hdfs dfsadmin -COMMAND …`. Answers its exit code. */
export async function dfsadmin(shell: HdfsShell, [name = '', ...args]: readonly string[]): Promise<number> {
  const { [name]: command } = COMMANDS
  if (!command) {
    if (name !== '') process.stderr.write(`${name.replace(/^-/, '')}: Unknown command\n`)
    process.stderr.write(
      `Usage: hdfs dfsadmin\n${Object.keys(COMMANDS)
        .map((each) => `\t[${each}]`)
        .join('\n')}\n`,
    )
    return USAGE
  }
  try {
    await command(shell, args)
    return shell.exitCode === 0 ? 0 : USAGE
  } catch (thrown) {
    const text = thrown instanceof UsageError ? thrown.message : failureText(thrown, args.at(-1) ?? '')
    process.stderr.write(`${name.slice(1)}: ${text}\n`)
    return USAGE
  }
}
