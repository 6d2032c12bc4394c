import { realTime } from '../../../engines/kit/node/real-time.ts'
import { dateText } from './dfsadmin.ts'
import { failureText, type HdfsShell, shortBytes, USAGE } from './shell.ts'

/** Hadoop's own exit code where the NameNode refuses: `ExitStatus.IO_EXCEPTION`. */
const REFUSED = 252

/** `millrace hdfs balancer [-threshold PERCENT]` */
export async function balancer(shell: HdfsShell, args: readonly string[]): Promise<number> {
  const [option, given = '10'] = args
  const threshold = Number(given)
  if ((option !== undefined && option !== '-threshold') || args.length > 2 || !(threshold >= 1 && threshold <= 100)) {
    process.stderr.write(
      option === '-threshold'
        ? `Expecting a number in the range of [1.0, 100.0]: ${given}\n`
        : 'Usage: hdfs balancer [-threshold <threshold>]\n',
    )
    return USAGE
  }
  const startedMs = realTime.now()
  try {
    const { moved, bytes } = await shell.hdfs.balance({ threshold })
    await shell.line('Time Stamp               Iteration#  Bytes Already Moved  Blocks Moved')
    await shell.line(
      `${dateText(realTime.now()).padEnd(28)} 0  ${`${shortBytes(bytes)}B`.padStart(19)}  ${String(moved).padStart(12)}`,
    )
    await shell.line('The cluster is balanced. Exiting...')
    await shell.line(
      `${dateText(realTime.now())}  Balancing took ${((realTime.now() - startedMs) / 1000).toFixed(3)} seconds`,
    )
    return 0
  } catch (thrown) {
    process.stderr.write(`${failureText(thrown, '/')}.  Exiting ...\n`)
    return REFUSED
  }
}
