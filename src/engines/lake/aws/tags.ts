import {
  DeleteBucketTagging$,
  type DeleteBucketTaggingRequest,
  DeleteObjectTagging$,
  type DeleteObjectTaggingOutput,
  type DeleteObjectTaggingRequest,
  GetBucketTagging$,
  type GetBucketTaggingOutput,
  type GetBucketTaggingRequest,
  GetObjectTagging$,
  type GetObjectTaggingOutput,
  type GetObjectTaggingRequest,
  PutBucketTagging$,
  type PutBucketTaggingRequest,
  PutObjectTagging$,
  type PutObjectTaggingOutput,
  type PutObjectTaggingRequest,
  type Tag,
} from '@aws-sdk/client-s3'
import { EngineError } from '../../kit/pure/errors.ts'
import { tagsOf } from '../metadata.ts'
import { documentOperation, operation, refuse, versionPlace } from './common.ts'
import { bucketTags, objectTags } from './tag-rules.ts'

const toSet = (tags: Record<string, string>): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

const withVersion = (versionId: string | undefined) => (versionId === undefined ? {} : { VersionId: versionId })

export const tagOperations = {
  GetObjectTagging: operation<GetObjectTaggingRequest, GetObjectTaggingOutput>({
    schema: GetObjectTagging$,
    async run(input, { clients }) {
      refuse(input, [])
      const info = await clients.lake.headObject(versionPlace(input))
      return { TagSet: toSet(tagsOf(info)), ...withVersion(info.versionId) }
    },
  }),

  PutObjectTagging: documentOperation<PutObjectTaggingRequest, PutObjectTaggingOutput>({
    schema: PutObjectTagging$,
    async run(input, { clients }) {
      refuse(input, [])
      await clients.lake.tagObject({ ...versionPlace(input), tags: objectTags(input.Tagging?.TagSet) })
      return withVersion((await clients.lake.headObject(versionPlace(input))).versionId)
    },
  }),

  DeleteObjectTagging: operation<DeleteObjectTaggingRequest, DeleteObjectTaggingOutput>({
    schema: DeleteObjectTagging$,
    async run(input, { clients }) {
      refuse(input, [])
      await clients.lake.tagObject({ ...versionPlace(input), tags: {} })
      return withVersion((await clients.lake.headObject(versionPlace(input))).versionId)
    },
  }),

  GetBucketTagging: operation<GetBucketTaggingRequest, GetBucketTaggingOutput>({
    schema: GetBucketTagging$,
    async run(input, { clients }) {
      refuse(input, [])
      const { tags } = await clients.lake.bucketSettings({ bucket: input.Bucket! })
      if (!tags) throw new EngineError('NoSuchTagSet', 'The TagSet does not exist')
      return { TagSet: toSet(tags) }
    },
  }),

  PutBucketTagging: documentOperation<PutBucketTaggingRequest, object>({
    schema: PutBucketTagging$,
    async run(input, { clients }) {
      refuse(input, [])
      await clients.lake.changeBucket({ bucket: input.Bucket!, tags: bucketTags(input.Tagging?.TagSet) })
      return {}
    },
  }),

  DeleteBucketTagging: operation<DeleteBucketTaggingRequest, object>({
    schema: DeleteBucketTagging$,
    async run(input, { clients, answer }) {
      refuse(input, [])
      await clients.lake.changeBucket({ bucket: input.Bucket!, tags: null })
      answer.status = 204
      return {}
    },
  }),
}
