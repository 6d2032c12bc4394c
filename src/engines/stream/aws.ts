import { defineService } from '../kit/node/aws/service.ts'
import { EngineError } from '../kit/pure/errors.ts'
import * as channels from './aws/channels.ts'
import * as consumers from './aws/consumers.ts'
import { GetRecords, GetShardIterator } from './aws/get-records.ts'
import { PutRecord, PutRecords } from './aws/put-records.ts'
import * as resources from './aws/resources.ts'
import * as settings from './aws/settings.ts'
import { ListShards, MergeShards, SplitShard, UpdateShardCount } from './aws/shards.ts'
import * as streams from './aws/streams.ts'
import { SubscribeToShard } from './aws/subscribe.ts'
import { AddTagsToStream, ListTagsForStream, RemoveTagsFromStream } from './aws/tags.ts'

/** Kinesis Data Streams, API version 2013-12-02: every operation of the model. */
export const service = defineService({
  name: 'Kinesis',
  protocol: 'awsJson1_1',
  operations: {
    ...streams,
    ListShards,
    SplitShard,
    MergeShards,
    UpdateShardCount,
    PutRecord,
    PutRecords,
    GetShardIterator,
    GetRecords,
    ...consumers,
    SubscribeToShard,
    ...settings,
    AddTagsToStream,
    RemoveTagsFromStream,
    ListTagsForStream,
    ...resources,
    ...channels,
  },
  // A key that is not there is the client's to restore: asking again does not help.
  statuses: { InternalFailure: 500, KMSNotFoundException: 400, KMSInvalidStateException: 400 },
  error: (error) =>
    error.code === 'StorageFull' || error.code === 'StorageFailure'
      ? new EngineError('InternalFailure', error.message, { domain: 'external', retry: true, cause: error })
      : error,
})
