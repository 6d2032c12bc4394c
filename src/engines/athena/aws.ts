import { defineService } from '../kit/node/aws/service.ts'
import * as catalogs from './aws/catalogs.ts'
import { athenaError, InvalidRequest } from './aws/common.ts'
import * as executions from './aws/executions.ts'
import * as saved from './aws/saved.ts'
import * as workgroups from './aws/workgroups.ts'

/** Athena, API version 2017-05-18. What is not in the table is answered UnknownOperationException. */
export const service = defineService({
  name: 'Athena',
  protocol: 'awsJson1_1',
  validationCode: 'InvalidRequestException',
  messageMember: 'Message',
  operations: { ...executions, ...workgroups, ...saved, ...catalogs },
  error: athenaError,
  errorMembers: (error): Record<string, unknown> =>
    error instanceof InvalidRequest ? { AthenaErrorCode: error.athenaErrorCode, ErrorCode: error.athenaErrorCode } : {},
})
