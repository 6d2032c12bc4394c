import { serveTasks } from '../kit/node/task-thread.ts'
import { InvocationError, type ItemAnswer } from './transform-answer.ts'
import type { PackedRecords } from './transform-batch.ts'
import { Sandbox, type SandboxOptions } from './transform-sandbox.ts'

/** What a delivery stream asks of the thread in which its transform runs. A load makes a new sandbox, invocations go to the last one. */
export type TransformTask =
  | ({ readonly type: 'load' } & Omit<SandboxOptions, 'onLog'>)
  | { readonly type: 'invoke'; readonly records: PackedRecords; readonly timeoutMs: number }

export type TransformOutcome =
  | { readonly type: 'loaded' }
  | { readonly type: 'answered'; readonly items: ItemAnswer[] }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }

let sandbox: Sandbox | undefined

async function work(task: TransformTask, log: (line: string) => void): Promise<TransformOutcome> {
  try {
    if (task.type === 'load') {
      sandbox?.dispose()
      sandbox = new Sandbox({ ...task, onLog: log })
      await sandbox.load()
      return { type: 'loaded' }
    }
    return { type: 'answered', items: sandbox!.invoke(task.records, task.timeoutMs) }
  } catch (thrown) {
    if (!(thrown instanceof InvocationError)) throw thrown
    return { type: 'failed', code: thrown.code, message: thrown.message }
  }
}

function buffersOf(outcome: TransformOutcome): ArrayBuffer[] {
  if (outcome.type !== 'answered') return []
  return outcome.items.flatMap((item) => (item.result === 'Ok' ? [item.data.buffer] : []))
}

serveTasks(work, buffersOf)
