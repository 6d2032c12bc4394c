import { defineService } from '../kit/node/aws/service.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { administration } from './aws/administration.ts'
import { records } from './aws/records.ts'
import { streams } from './aws/streams.ts'

/** Kinesis Data Firehose, API version 2015-08-04: all twelve operations of the model. */
export const service = defineService({
  name: 'Firehose',
  protocol: 'awsJson1_1',
  operations: { ...streams, ...administration, ...records },
  statuses: { ServiceUnavailableException: 503 },
  error: (error) =>
    error.code === 'StorageFull' || error.code === 'StorageFailure'
      ? new EngineError('ServiceUnavailableException', error.message, { domain: 'external', retry: true, cause: error })
      : error,
})
