import type { EngineEvent } from '../../kit/node/event-announcements.ts'
import { ACCOUNT_ID } from '../../kit/pure/ids.ts'
import type { Crawl } from '../contract.ts'

const STATES = { RUNNING: 'Started', COMPLETED: 'Succeeded', FAILED: 'Failed', STOPPED: 'Stopped' } as const

/** A crawl that began or ended, as EventBridge tells it (AWS Glue Developer Guide, "Automating AWS Glue with EventBridge"). */
export function crawlerEvent(crawlerName: string, crawl: Crawl): EngineEvent {
  const { state, startedMs, endedMs, tables, partitions, message } = crawl
  const common = { accountId: ACCOUNT_ID, crawlerName, state: STATES[state], message: `Crawler ${STATES[state]}` }
  return { source: 'aws.glue', detailType: 'Glue Crawler State Change', detail: { ...common, ...more() } }

  function more(): object {
    if (endedMs === undefined) return { startTime: new Date(startedMs).toISOString() }
    const end = { completionDate: new Date(endedMs).toISOString() }
    if (state === 'FAILED') return { ...end, errorMessage: message }
    return {
      ...end,
      'runningTime (sec)': String(Math.round((endedMs - startedMs) / 1000)),
      tablesCreated: String(tables.created.length),
      tablesUpdated: String(tables.updated.length),
      tablesDeleted: String(tables.deleted.length),
      partitionsCreated: String(partitions.created),
      partitionsUpdated: String(partitions.updated),
      partitionsDeleted: String(partitions.deleted),
      warningMessage: message ?? 'N/A',
    }
  }
}
