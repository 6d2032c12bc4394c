import type { EngineEvent } from '../kit/node/event-announcements.ts'
import type { QueryExecution } from './contract.ts'
import { isEnded } from './model.ts'

/** A query's change of state, as EventBridge tells it (Athena User Guide, "Monitoring Athena query events with EventBridge"). */
export function queryEvent(query: QueryExecution, before?: QueryExecution): EngineEvent {
  const { queryId, state, statementType, workGroup, error } = query
  return {
    source: 'aws.athena',
    detailType: 'Athena Query State Change',
    detail: {
      versionId: '0',
      currentState: state,
      ...(before && { previousState: before.state }),
      statementType,
      queryExecutionId: queryId,
      workgroupName: workGroup,
      // Queued, running, ended; a query that fails before it runs has skipped a number.
      sequenceNumber: isEnded(query) ? '3' : state === 'RUNNING' ? '2' : '1',
      ...(error && { athenaError: { errorMessage: error.message, retryable: error.retry } }),
    },
  }
}
