import * as model from '@aws-sdk/client-eventbridge'
import { defineService, operationsOfModel } from '../kit/node/aws/service.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { archiveOperations } from './aws/archives.ts'
import { busOperations } from './aws/buses.ts'
import { destinationOperations } from './aws/destinations.ts'
import { ruleOperations } from './aws/rules.ts'

/** Amazon EventBridge, API version 2015-10-07, over JSON. */
export const service = defineService({
  name: 'EventBridge',
  protocol: 'awsJson1_1',
  model: operationsOfModel(model),
  operations: { ...busOperations, ...ruleOperations, ...archiveOperations, ...destinationOperations },
  error: (error) => {
    switch (error.code) {
      case 'RestrictedWorkspace':
        return new EngineError('AccessDeniedException', error.message)
      case 'StorageFull':
      case 'StorageFailure':
        return new EngineError('InternalException', error.message, { domain: 'external', retry: true, cause: error })
      default:
        return error
    }
  },
})
