import { defineService } from '../kit/node/aws/service.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { GetMetricData } from './aws/data.ts'
import { PutMetricData } from './aws/put.ts'
import { GetMetricStatistics, ListMetrics } from './aws/read.ts'

/** CloudWatch, API version 2010-08-01, metrics only. Today's clients speak JSON, older ones Query: one table serves both. */
export const service = defineService({
  name: 'CloudWatch',
  protocol: 'awsJson1_0',
  operations: { GetMetricData, GetMetricStatistics, ListMetrics, PutMetricData },
  xmlNamespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
  queryCodes: {
    InternalServiceFault: 'InternalServiceError',
    InvalidParameterCombinationException: 'InvalidParameterCombination',
    InvalidParameterValueException: 'InvalidParameterValue',
    MissingRequiredParameterException: 'MissingParameter',
    ValidationException: 'ValidationError',
  },
  statuses: { InternalServiceFault: 500 },
  error: (error) =>
    error.code === 'StorageFull' || error.code === 'StorageFailure'
      ? new EngineError('InternalServiceFault', error.message, { domain: 'external', retry: true, cause: error })
      : error,
})
