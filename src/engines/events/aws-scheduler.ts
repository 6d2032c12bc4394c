import * as model from '@aws-sdk/client-scheduler'
import { defineService, operationsOfModel } from '../kit/node/aws/service.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { groupOperations } from './aws/groups.ts'
import { scheduleOperations } from './aws/schedules.ts'

/** Amazon EventBridge Scheduler, API version 2021-06-30, over REST-JSON: all of its operations. */
export const service = defineService({
  name: 'Scheduler',
  protocol: 'restJson1',
  model: operationsOfModel(model),
  operations: { ...scheduleOperations, ...groupOperations },
  messageMember: 'Message',
  statuses: {
    AccessDeniedException: 403,
    ConflictException: 409,
    IncompleteSignature: 403,
    InternalServerException: 500,
    InvalidSignatureException: 403,
    ResourceNotFoundException: 404,
    UnrecognizedClientException: 403,
  },
  error: (error) => {
    switch (error.code) {
      case 'ResourceAlreadyExistsException':
        return new EngineError('ConflictException', error.message)
      case 'RestrictedWorkspace':
        return new EngineError('AccessDeniedException', error.message)
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
