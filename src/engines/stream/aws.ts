import { defineService } from '../kit/node/aws/service.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { GetRecords, GetShardIterator } from './aws/get-records.ts'
import { PutRecord, PutRecords } from './aws/put-records.ts'
import { ListShards, MergeShards, SplitShard, UpdateShardCount } from './aws/shards.ts'
import {
  CreateStream,
  DecreaseStreamRetentionPeriod,
  DeleteStream,
  DescribeLimits,
  DescribeStream,
  DescribeStreamSummary,
  IncreaseStreamRetentionPeriod,
  ListStreams,
  UpdateStreamMode,
} from './aws/streams.ts'
import { AddTagsToStream, ListTagsForStream, RemoveTagsFromStream } from './aws/tags.ts'

/** Kinesis Data Streams, API version 2013-12-02. What is not in the table is answered UnknownOperationException. */
export const service = defineService({
  name: 'Kinesis',
  protocol: 'awsJson1_1',
  operations: {
    AddTagsToStream,
    CreateStream,
    DecreaseStreamRetentionPeriod,
    DeleteStream,
    DescribeLimits,
    DescribeStream,
    DescribeStreamSummary,
    GetRecords,
    GetShardIterator,
    IncreaseStreamRetentionPeriod,
    ListShards,
    ListStreams,
    ListTagsForStream,
    MergeShards,
    PutRecord,
    PutRecords,
    RemoveTagsFromStream,
    SplitShard,
    UpdateShardCount,
    UpdateStreamMode,
  },
  statuses: { InternalFailure: 500 },
  error: (error) =>
    error.code === 'StorageFull' || error.code === 'StorageFailure'
      ? new EngineError('InternalFailure', error.message, { domain: 'external', retry: true, cause: error })
      : error,
})
