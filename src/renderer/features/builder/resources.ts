import { openView } from '../../lib/index.ts'
import type { Node } from './model/items.ts'

type Opener = (config: Record<string, unknown>) => { title: string; open: () => void } | null

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null)

function tableAt(databaseField: string, tableField: string): Opener {
  return (config) => {
    const [database, table] = [text(config[databaseField]) ?? 'default', text(config[tableField])]
    return table
      ? { title: `Open table ${database}.${table}`, open: () => openView('catalog.table', { database, table }) }
      : null
  }
}

/** By node kind: the view of the resource that the node makes or reads. */
const OPENERS: Record<string, Opener> = {
  stream: ({ stream }) => {
    const name = text(stream)
    return name ? { title: 'Open stream monitor', open: () => openView('streams.monitor', { stream: name }) } : null
  },
  'lake-table': tableAt('database', 'table'),
  athena: tableAt('outputDatabase', 'outputTable'),
  dashboard: ({ path }) => {
    const file = text(path)
    return file ? { title: 'Open dashboard', open: () => openView('dashboards.dashboard', { path: file }) } : null
  },
}

export function resourceOf(node: Node): { title: string; open: () => void } | null {
  return OPENERS[node.kind]?.(node.config) ?? null
}
