import { defineService } from '../kit/node/aws/service.ts'
import { EngineError } from '../kit/pure/errors.ts'
import {
  DeregisterStreamConsumer,
  DescribeStreamConsumer,
  ListStreamConsumers,
  RegisterStreamConsumer,
} from './aws/consumers.ts'
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
import { SubscribeToShard } from './aws/subscribe.ts'
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
    DeregisterStreamConsumer,
    DescribeLimits,
    DescribeStream,
    DescribeStreamConsumer,
    DescribeStreamSummary,
    GetRecords,
    GetShardIterator,
    IncreaseStreamRetentionPeriod,
    ListShards,
    ListStreamConsumers,
    ListStreams,
    ListTagsForStream,
    MergeShards,
    PutRecord,
    PutRecords,
    RegisterStreamConsumer,
    RemoveTagsFromStream,
    SplitShard,
    SubscribeToShard,
    UpdateShardCount,
    UpdateStreamMode,
  },
  statuses: { InternalFailure: 500 },
  error: (error) =>
    error.code === 'StorageFull' || error.code === 'StorageFailure'
      ? new EngineError('InternalFailure', error.message, { domain: 'external', retry: true, cause: error })
      : error,
})
