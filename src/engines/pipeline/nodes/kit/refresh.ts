import type { NodeContext, Version } from '../define.ts'

/** A refresh is followed by this many times its own duration of rest, so that refreshing leaves the machine to the records. */
const REST = 4

/**
 * Works again whenever what comes before has changed: one work at a time, at least so many seconds and a rest between two of them,
 * changes in between taken together, and once more when all has arrived. With 0 seconds only that last time.
 */
export async function refreshing<C>(
  context: NodeContext<C>,
  every: { seconds: number; clock: 'real' | 'engine' } | null,
  doing: string,
  work: (versions: readonly Version[], last: boolean) => Promise<void>,
): Promise<void> {
  const input = context.versions('in')
  if (!input) return
  for (let next = await input.next(); next; next = await input.next()) {
    if (!next.ended && every?.seconds === 0) continue
    const { versions, ended } = next
    const sum = (of: (version: Version) => number | null) =>
      versions.reduce((total, version) => total + (of(version) ?? 0), 0)
    context.meter.set({ rowsIn: sum((version) => version.rows), bytesIn: sum((version) => version.bytes) })
    const startedMs = context.clock.realNow()
    context.meter.pending({ what: doing })
    if (versions.length > 0) await context.idle(work(versions, ended))
    context.meter.pending(null)
    if (ended) return
    const restMs = Math.max(0, context.clock.realNow() - startedMs) * REST
    if (every?.clock === 'engine') await sleepEngine(context, context.clock.now() + every.seconds * 1000, input.ended)
    await context.sleepReal(every?.clock === 'real' ? Math.max(every.seconds * 1000, restMs) : restMs, input.ended)
  }
}

async function sleepEngine<C>(context: NodeContext<C>, untilMs: number, wake: Promise<unknown>): Promise<void> {
  let end = () => {}
  const due = new Promise<void>((resolve) => {
    end = resolve
  })
  const timer = context.clock.at(untilMs, end)
  try {
    await context.idle(Promise.race([due, wake]))
  } finally {
    timer.cancel()
  }
  if (context.signal.aborted) throw context.signal.reason
}
