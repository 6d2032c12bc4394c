import { defineService } from '../kit/node/aws/service.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { clusterOperations } from './aws/clusters.ts'
import { groupOperations } from './aws/groups.ts'
import { policyOperations } from './aws/policies.ts'
import { refusedOperations } from './aws/refused.ts'
import { stepOperations } from './aws/steps.ts'

/** Their model has no InvalidRequestException: the service says ValidationException. */
const OLDER = [
  'AddInstanceGroups',
  'AddJobFlowSteps',
  'DescribeJobFlows',
  'ModifyInstanceGroups',
  'RunJobFlow',
  'SetKeepJobFlowAliveWhenNoSteps',
  'SetTerminationProtection',
  'SetUnhealthyNodeReplacement',
  'SetVisibleToAllUsers',
  'TerminateJobFlows',
]

/** Amazon EMR, API version 2009-03-31, over JSON 1.1. */
export const service = defineService({
  name: 'EMR',
  protocol: 'awsJson1_1',
  operations: {
    ...clusterOperations,
    ...groupOperations,
    ...stepOperations,
    ...policyOperations,
    ...refusedOperations,
  },
  messageMember: 'Message',
  error: (error, operation) => {
    switch (error.code) {
      case 'RestrictedWorkspace':
      case 'InvalidRequestException':
        return new EngineError(
          OLDER.includes(operation) ? 'ValidationException' : 'InvalidRequestException',
          error.message,
        )
      case 'StorageFull':
      case 'StorageFailure':
        return new EngineError('InternalServerException', error.message, {
          domain: 'external',
          retry: true,
          cause: error,
        })
      default:
        return error
    }
  },
})
