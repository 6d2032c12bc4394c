import * as model from '@aws-sdk/client-batch'
import { defineService, operationsOfModel } from '../kit/node/aws/service.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { definitionOperations } from './aws/definitions.ts'
import { environmentOperations } from './aws/environments.ts'
import { jobOperations } from './aws/jobs.ts'
import { queueOperations } from './aws/queues.ts'

/** AWS Batch, API version 2016-08-10, over REST-JSON. */
export const service = defineService({
  name: 'Batch',
  protocol: 'restJson1',
  model: operationsOfModel(model),
  operations: { ...definitionOperations, ...environmentOperations, ...queueOperations, ...jobOperations },
  validationCode: 'ClientException',
  statuses: { IncompleteSignature: 403, InvalidSignatureException: 403, UnrecognizedClientException: 403 },
  error: (error) => {
    switch (error.code) {
      case 'RestrictedWorkspace':
        return new EngineError('ClientException', error.message)
      case 'StorageFull':
      case 'StorageFailure':
        return new EngineError('ServerException', error.message, { domain: 'external', retry: true, cause: error })
      default:
        return error
    }
  },
})
