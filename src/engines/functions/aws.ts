import * as model from '@aws-sdk/client-lambda'
import { defineService, operationsOfModel } from '../kit/node/aws/service.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { functionOperations } from './aws/functions.ts'
import { Invoke } from './aws/invoke.ts'
import { layerOperations } from './aws/layers.ts'
import { mappingOperations } from './aws/mappings.ts'
import { versionOperations } from './aws/versions.ts'

/** AWS Lambda, API version 2015-03-31, over REST-JSON. Statuses are those of the model. */
export const service = defineService({
  name: 'Lambda',
  protocol: 'restJson1',
  model: operationsOfModel(model),
  operations: { ...functionOperations, ...versionOperations, ...layerOperations, Invoke, ...mappingOperations },
  statuses: {
    AccessDeniedException: 403,
    IncompleteSignature: 403,
    InvalidSignatureException: 403,
    PreconditionFailedException: 412,
    RequestTooLargeException: 413,
    ResourceConflictException: 409,
    ResourceNotFoundException: 404,
    ServiceException: 500,
    UnknownOperationException: 404,
    UnrecognizedClientException: 403,
  },
  error: (error) => {
    switch (error.code) {
      case 'RestrictedWorkspace':
        return new EngineError('AccessDeniedException', error.message)
      case 'StorageFull':
      case 'StorageFailure':
        return new EngineError('ServiceException', error.message, { domain: 'external', retry: true, cause: error })
      case 'RequestEntityTooLarge':
        return new EngineError('RequestTooLargeException', error.message)
      default:
        return error
    }
  },
  errorMembers: (error) => ({ Type: error.domain === 'user' ? 'User' : 'Service' }),
})
