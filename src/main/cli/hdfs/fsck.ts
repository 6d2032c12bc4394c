import type { BlockStatus, FileBlocks } from '../../../engines/hdfs/contract.ts'
import { realTime } from '../../../engines/kit/node/real-time.ts'
import { dateText } from './dfsadmin.ts'
import { type HdfsShell, USAGE } from './shell.ts'

const FLAGS = ['-files', '-blocks', '-locations', '-racks', '-openforwrite', '-list-corruptfileblocks']

const goodOf = ({ replicas }: BlockStatus): number =>
  replicas.filter(({ state }) => state === 'good' || state === 'silent').length

const nameOf = ({ id, stamp }: BlockStatus): string => `blk_${id}_${stamp}`

class Totals {
  bytes = 0
  files = 0
  blocks = 0
  minimal = 0
  under = 0
  over = 0
  replicas = 0
  missingReplicas = 0
  wantedReplicas = 0
  corrupt = 0
  missing = 0
  corruptFiles = 0

  add({ file, blocks }: FileBlocks): void {
    this.files++
    this.bytes += file.bytes
    this.blocks += blocks.length
    let lost = false
    for (const block of blocks) {
      const good = goodOf(block)
      this.replicas += good
      this.wantedReplicas += block.wanted
      if (good > 0) this.minimal++
      else {
        lost = true
        if (block.replicas.some(({ state }) => state === 'corrupt')) this.corrupt++
        else this.missing++
      }
      if (good > block.wanted) this.over++
      if (good < block.wanted) {
        this.missingReplicas += block.wanted - good
        if (good > 0) this.under++
      }
    }
    if (lost) this.corruptFiles++
  }
}

const ratio = (part: number, whole: number): string => {
  const value = whole === 0 ? 0 : (100 * part) / whole
  return `${Number.isInteger(value) ? value.toFixed(1) : String(Math.fround(value))} %`
}

/** `millrace hdfs fsck PATH [-files [-blocks [-locations|-racks]]] [-openforwrite] [-list-corruptfileblocks]`: 1 where a block has no replica left. */
export async function fsck(shell: HdfsShell, args: readonly string[]): Promise<number> {
  const [given = '/', ...more] = args.filter((arg) => !FLAGS.includes(arg))
  if (more.length > 0 || given.startsWith('-')) {
    process.stderr.write(`fsck: Illegal option '${more[0] ?? given}'\nUsage: hdfs fsck <path> [${FLAGS.join(' | ')}]\n`)
    return USAGE
  }
  const has = (flag: string) => args.includes(flag)
  const path = shell.path(given)
  const startedMs = realTime.now()
  const cluster = await shell.hdfs.describe({})
  const totals = new Totals()
  if (!(await shell.find(path))) {
    await shell.line(`FSCK ended: Path '${path}' does not exist`)
    return 1
  }
  await shell.line(`FSCK started by ${shell.user} for path ${path} at ${dateText(startedMs)}\n`)
  for await (const group of shell.hdfs.check({ path }))
    for (const each of group) {
      if (each.file.open && !has('-openforwrite')) continue
      totals.add(each)
      if (has('-list-corruptfileblocks')) await listCorrupt(shell, each)
      else await tell(shell, each, has)
    }
  if (has('-list-corruptfileblocks')) {
    await shell.line(`The filesystem under path '${path}' has ${totals.corruptFiles} CORRUPT files`)
    return totals.corruptFiles > 0 ? 1 : 0
  }
  const { directories } = await shell.hdfs.summary({ path })
  const racks = new Set(cluster.nodes.map(({ rack }) => rack)).size
  const live = cluster.nodes.filter(({ state }) => state !== 'dead').length
  const healthy = totals.corruptFiles === 0
  const mean = (part: number) => (totals.blocks === 0 ? 0 : part / totals.blocks)
  const lines = [
    '',
    `Status: ${healthy ? 'HEALTHY' : 'CORRUPT'}`,
    ` Number of data-nodes:\t${live}`,
    ` Number of racks:\t\t${racks}`,
    ` Total dirs:\t\t\t${directories}`,
    ' Total symlinks:\t\t0',
    '',
    'Replicated Blocks:',
    ` Total size:\t${totals.bytes} B`,
    ` Total files:\t${totals.files}`,
    ` Total blocks (validated):\t${totals.blocks}${totals.blocks === 0 ? '' : ` (avg. block size ${Math.floor(mean(totals.bytes))} B)`}`,
    ` Minimally replicated blocks:\t${totals.minimal} (${ratio(totals.minimal, totals.blocks)})`,
    ` Over-replicated blocks:\t${totals.over} (${ratio(totals.over, totals.blocks)})`,
    ` Under-replicated blocks:\t${totals.under} (${ratio(totals.under, totals.blocks)})`,
    ` Default replication factor:\t${cluster.replication}`,
    ` Average block replication:\t${mean(totals.replicas).toFixed(1)}`,
    ` Missing blocks:\t\t${totals.missing}`,
    ` Corrupt blocks:\t\t${totals.corrupt}`,
    ` Missing replicas:\t\t${totals.missingReplicas} (${ratio(totals.missingReplicas, totals.wantedReplicas)})`,
    ` Blocks queued for replication:\t${cluster.pendingReplication}`,
    `FSCK ended at ${dateText(realTime.now())} in ${realTime.now() - startedMs} milliseconds`,
    '',
    '',
    `The filesystem under path '${path}' is ${healthy ? 'HEALTHY' : 'CORRUPT'}`,
  ]
  await shell.line(lines.join('\n'))
  return healthy ? 0 : 1
}

async function listCorrupt(shell: HdfsShell, { file, blocks }: FileBlocks): Promise<void> {
  for (const block of blocks) if (goodOf(block) === 0) await shell.line(`${nameOf(block)}\t${file.path}`)
}

async function tell(shell: HdfsShell, { file, blocks }: FileBlocks, has: (flag: string) => boolean): Promise<void> {
  const { path } = file
  const troubles = blocks.flatMap((block) => {
    const good = goodOf(block)
    if (good === 0) {
      const why = block.replicas.length > 0 ? 'CORRUPT' : 'MISSING'
      return [`${path}: ${why} block ${nameOf(block)}`]
    }
    if (good < block.wanted)
      return [
        `${path}:  Under replicated ${nameOf(block)}. Target Replicas is ${block.wanted} but found ${good} live replica(s).`,
      ]
    return []
  })
  if (has('-files')) {
    const state = troubles.length === 0 ? '  OK' : ''
    await shell.line(
      `${path} ${file.bytes} bytes, replicated: replication=${file.replication}, ${blocks.length} block(s):${state}`,
    )
  }
  for (const trouble of troubles)
    await shell.line(has('-files') ? ` ${trouble.slice(path.length + 2).trimStart()}` : trouble)
  if (!has('-files') || !has('-blocks')) return
  for (const [index, block] of blocks.entries()) {
    const places = block.replicas
      .filter(({ state }) => state !== 'pending')
      .map(
        ({ node, rack, state }) => `${has('-racks') ? `${rack}/` : ''}${node}${state === 'corrupt' ? '(CORRUPT)' : ''}`,
      )
    const where = has('-locations') || has('-racks') ? `  [${places.join(', ')}]` : ''
    await shell.line(`${index}. ${nameOf(block)} len=${block.bytes} Live_repl=${goodOf(block)}${where}`)
  }
  await shell.line()
}
