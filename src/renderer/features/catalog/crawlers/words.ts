import type { Crawl, Crawler } from '../../../../engines/catalog/contract.ts'
import { plural } from '../../../lib/index.ts'
import type { StateShape } from '../../../ui/index.ts'

const SHAPES: Readonly<Record<Crawl['state'], StateShape>> = {
  RUNNING: 'running',
  COMPLETED: 'good',
  FAILED: 'bad',
  STOPPED: 'stopped',
}

/** How a crawl went: one that left files out is not simply good. */
export function crawlState({ state, problemCount }: Crawl): { state: StateShape; text: string } {
  if (state === 'COMPLETED' && problemCount > 0) return { state: 'warn', text: 'with problems' }
  return { state: SHAPES[state], text: state.toLowerCase() }
}

export function crawlerState(crawler: Crawler): { state: StateShape; text: string } {
  if (crawler.state === 'STOPPING') return { state: 'draining', text: 'stopping' }
  if (crawler.state === 'RUNNING') return { state: 'running', text: 'running' }
  return crawler.lastCrawl ? crawlState(crawler.lastCrawl) : { state: 'idle', text: 'never run' }
}

/** What a crawl changed, in a few words. */
export function changesOf({ tables, partitions }: Crawl): string {
  const parts = [
    tables.created.length > 0 && `+${plural(tables.created.length, 'table')}`,
    tables.updated.length > 0 && `${plural(tables.updated.length, 'table')} updated`,
    tables.deleted.length > 0 && `−${plural(tables.deleted.length, 'table')}`,
    partitions.created > 0 && `+${plural(partitions.created, 'partition')}`,
    partitions.updated > 0 && `${plural(partitions.updated, 'partition')} updated`,
    partitions.deleted > 0 && `−${plural(partitions.deleted, 'partition')}`,
  ].filter(Boolean)
  return parts.length > 0 ? parts.join(', ') : 'nothing changed'
}
