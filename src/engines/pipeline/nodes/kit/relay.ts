import { z } from 'zod'
import type { IngestSettings } from '../../../ingest/contract.ts'
import { type ConfigProblem, type Neighbour, type NodeContext, ui } from '../define.ts'

/** The largest record that a source takes, in KiB, as a field of its node. */
export const recordKiB = z
  .number()
  .int()
  .min(1)
  .max(10_240)
  .default(1024)
  .meta(
    ui({
      label: 'Largest record',
      section: 'Limits',
      unit: 'KiB',
      help: 'With its key, as data streams count. Above 1,024 the stream that follows must allow it.',
    }),
  )

/**
 * Passes on what comes in at a source outside, and tells the source what the sinks behind have dealt with: a client gets its answer, and
 * a position in a file moves on, only then. When the run stops the source takes nothing more, and ends once all it took is dealt with.
 */
export async function relay(context: NodeContext<unknown>, settings: z.input<typeof IngestSettings>): Promise<void> {
  const { clients, meter, signal, stopping } = context
  const out = context.out('out')
  if (!out) return
  const source = `${context.runId}/${context.id}`
  const close = () => void clients.ingest.close({ source }).catch(() => {})
  const items = clients.ingest.open({ source, settings }, { signal })[Symbol.asyncIterator]()
  let lastTicket = 0
  try {
    for (let isOpen = false; ; isOpen = true) {
      const next = await context.idle(items.next())
      if (next.done) return
      if (!isOpen) {
        if (stopping.aborted) close()
        else stopping.addEventListener('abort', close, { once: true })
      }
      const { batch, ticket, leftOut, note, warning } = next.value
      meter.note(note)
      meter.warn(warning ?? undefined)
      if (leftOut > 0) meter.failed(leftOut)
      if (batch.count > 0) await out.push(batch)
      if (ticket === lastTicket) continue
      lastTicket = ticket
      const { settled } = await out.mark()
      void settled.then(() => clients.ingest.settle({ source, ticket }))
    }
  } finally {
    stopping.removeEventListener('abort', close)
  }
}

/** Clients wait for as long as what follows holds records back: a data stream keeps them at once. */
export function answersLate(after: readonly Neighbour[], what: string): ConfigProblem[] {
  if (after.every(({ kind }) => kind === 'stream')) return []
  const message = `${what} once what follows has delivered the records. Put a data stream behind this node for quick answers.`
  return [{ severity: 'warning', message }]
}
