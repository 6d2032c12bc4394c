import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import type { TaskOrder } from '../protocol.ts'
import { settle, tell } from './channel.ts'
import { Report } from './context.ts'
import { describe } from './functions.ts'
import { releaseBuffers, runMap } from './map-task.ts'
import { runReduce } from './reduce-task.ts'

/** The program of a task's process: tasks of one job, one after the other, as its standard input says. It ends with the first that fails. */
async function serve(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const order = JSON.parse(line) as TaskOrder
    const report = new Report(order)
    if (order.kind === 'reduce') releaseBuffers()
    try {
      const result = await (order.kind === 'map' ? runMap(order, report) : runReduce(order, report))
      settle()
      tell({ type: 'done', result })
    } catch (thrown) {
      fail(thrown, order, report)
    }
  }
}

function fail(thrown: unknown, { workspaceDirectory }: Pick<TaskOrder, 'workspaceDirectory'>, report: Report): never {
  if (thrown instanceof Error) process.stderr.write(`${thrown.stack}\n`)
  const error = describe(thrown, workspaceDirectory)
  tell({ type: 'failed', error, progress: report.take(), samples: report.takeSamples() })
  process.exit(1)
}

/** The workspace, and what keeps a user's module off the network; a command's process has no such guard. */
const [workspace, guardFile] = process.argv.slice(2)
if (guardFile !== '') ((await import(pathToFileURL(guardFile).href)) as { guard(): void }).guard()

for (const kind of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(kind, (thrown: unknown) => {
    process.stderr.write(`${thrown instanceof Error ? thrown.stack : String(thrown)}\n`)
    const empty = { phase: 'map' as const, progress: 0, counters: {}, status: '' }
    const error = describe(thrown, workspace)
    tell({ type: 'failed', error, progress: empty, samples: {} })
    process.exit(1)
  })

await serve()
