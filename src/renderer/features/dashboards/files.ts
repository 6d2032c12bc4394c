import type { Clients } from '../../../engines/contract.ts'
import { documentFiles } from '../../lib/document-files.ts'
import { nameOf } from '../../lib/document-names.ts'
import { dashboardText, emptyDashboard } from './model/text.ts'

export const dashboardFiles = documentFiles('dashboards')

/** Writes a new dashboard file and opens it; it may draw from one data set, or from every one there is. */
export function createDashboard(clients: Clients, dataSet?: string): Promise<void> {
  return dashboardFiles.create(clients, dataSet ?? 'Untitled', async (path) => {
    const sets = dataSet ? [dataSet] : (await clients.bi.listDataSets({})).map(({ id }) => id)
    return dashboardText(emptyDashboard(nameOf(path), sets))
  })
}
