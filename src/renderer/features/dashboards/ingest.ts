import type { Clients } from '../../../engines/contract.ts'
import { formatNumber, notify, notifyError, plural, startWork } from '../../lib/index.ts'

/** Takes the source's rows into SPICE, told of in the status bar, and says how it ended. */
export async function ingestNow(clients: Clients, set: { id: string; name: string }): Promise<void> {
  const work = startWork(
    `Refreshing ${set.name}`,
    () =>
      void clients.bi
        .cancelIngestion({ id: set.id })
        .catch((thrown: unknown) => notifyError('The refresh was not cancelled', thrown)),
  )
  try {
    const ended = await clients.bi.ingest({ id: set.id })
    if (ended.status === 'FAILED')
      notify({
        tone: 'bad',
        title: `${set.name} was not refreshed`,
        message: ended.error?.message ?? 'The old rows stay.',
      })
    else if (ended.status === 'COMPLETED')
      notify({
        tone: ended.rowsDropped > 0 ? 'warn' : 'good',
        title: `${set.name} has ${plural(ended.rowsIngested, 'row')}`,
        ...(ended.rowsDropped > 0 && {
          message: `${formatNumber(ended.rowsDropped)} rows were dropped: their values did not fit the types.`,
        }),
      })
  } catch (thrown) {
    notifyError(`${set.name} was not refreshed`, thrown)
  } finally {
    work.done()
  }
}
