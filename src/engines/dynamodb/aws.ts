import { defineService } from '../kit/node/aws/service.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { BatchGetItem, BatchWriteItem, TransactGetItems, TransactWriteItems } from './aws/batches.ts'
import { DetailedError } from './aws/common.ts'
import { DeleteItem, GetItem, PutItem, UpdateItem } from './aws/items.ts'
import { Query, Scan } from './aws/queries.ts'
import {
  DescribeContinuousBackups,
  DescribeTimeToLive,
  ListTagsOfResource,
  TagResource,
  UntagResource,
  UpdateContinuousBackups,
  UpdateTimeToLive,
} from './aws/settings.ts'
import { CreateTable, DeleteTable, DescribeLimits, DescribeTable, ListTables, UpdateTable } from './aws/tables.ts'

/** DynamoDB, API version 2012-08-10. What is not in the table is answered UnknownOperationException. */
export const service = defineService({
  name: 'DynamoDB',
  protocol: 'awsJson1_0',
  operations: {
    BatchGetItem,
    BatchWriteItem,
    CreateTable,
    DeleteItem,
    DeleteTable,
    DescribeContinuousBackups,
    DescribeLimits,
    DescribeTable,
    DescribeTimeToLive,
    GetItem,
    ListTables,
    ListTagsOfResource,
    PutItem,
    Query,
    Scan,
    TagResource,
    TransactGetItems,
    TransactWriteItems,
    UntagResource,
    UpdateContinuousBackups,
    UpdateItem,
    UpdateTable,
    UpdateTimeToLive,
  },
  statuses: { InternalServerError: 500 },
  error: (error) =>
    error.code === 'StorageFull' || error.code === 'StorageFailure'
      ? new EngineError('InternalServerError', error.message, { domain: 'external', retry: true, cause: error })
      : error,
  errorMembers: (error) => (error instanceof DetailedError ? error.members : {}),
})
