import { defineService } from '../kit/node/aws/service.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { activityOperations } from './aws/activities.ts'
import { executionOperations } from './aws/executions.ts'
import { machineOperations } from './aws/machines.ts'
import { mapRunOperations } from './aws/map-runs.ts'

/** AWS Step Functions, API version 2016-11-23. What is not in the table is answered UnknownOperationException. */
export const service = defineService({
  name: 'Step Functions',
  protocol: 'awsJson1_0',
  operations: { ...machineOperations, ...executionOperations, ...mapRunOperations, ...activityOperations },
  error: (error) =>
    error.code === 'StorageFull' || error.code === 'StorageFailure'
      ? new EngineError('InternalFailure', error.message, { domain: 'external', retry: true, cause: error })
      : error,
})
