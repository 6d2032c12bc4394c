import type { DataSet } from '../../../engines/bi/contract.ts'
import type { Clients } from '../../../engines/contract.ts'
import { notify, notifyError, openView } from '../../lib/index.ts'

/** A data set that is only on the screen until it is saved under its id. */
export const NEW = 'new data set'

export async function newDataSet(_: Clients): Promise<void> {
  openView('dashboards.dataset', { id: NEW })
}

/** Deletes a data set; its definition can be brought back, its rows are taken anew then. */
export async function removeDataSet(clients: Clients, set: DataSet): Promise<void> {
  try {
    await clients.bi.deleteDataSet({ id: set.id })
    const { id, name, mode, source, steps } = set
    const restore = async () => {
      try {
        await clients.bi.putDataSet({ id, name, mode, source, steps })
        if (mode === 'SPICE') await clients.bi.ingest({ id })
      } catch (thrown) {
        notifyError(`${name} was not brought back`, thrown)
      }
    }
    notify({ tone: 'info', title: `Deleted ${name}`, actions: [{ title: 'Undo', run: () => void restore() }] })
  } catch (thrown) {
    notifyError(`${set.name} was not deleted`, thrown)
  }
}
