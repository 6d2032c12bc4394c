import {
  CreateBucket$,
  type CreateBucketOutput,
  type CreateBucketRequest,
  DeleteBucket$,
  type DeleteBucketRequest,
  GetBucketLocation$,
  type GetBucketLocationOutput,
  type GetBucketLocationRequest,
  HeadBucket$,
  type HeadBucketOutput,
  type HeadBucketRequest,
  ListBuckets$,
  type ListBucketsOutput,
  type ListBucketsRequest,
} from '@aws-sdk/client-s3'
import { EngineError } from '../../kit/pure/errors.ts'
import { DEFAULT_REGION } from '../../kit/pure/ids.ts'
import { OWNER, operation, refuse, S3_NAMESPACE } from './common.ts'
import { bucketTags } from './tag-rules.ts'

/** One place answers for all regions: a bucket is in the region that the request is signed for. */
export const bucketOperations = {
  CreateBucket: operation<CreateBucketRequest, CreateBucketOutput>({
    schema: CreateBucket$,
    async run(input, { clients, region }) {
      refuse(input, ['GrantFullControl', 'GrantRead', 'GrantReadACP', 'GrantWrite', 'GrantWriteACP'])
      refuse(input, ['ACL'], ['private'])
      refuse(input, ['ObjectLockEnabledForBucket'], ['false'])
      refuse(input, ['ObjectOwnership'], ['BucketOwnerEnforced'])
      const { LocationConstraint: wanted, ...others } = input.CreateBucketConfiguration ?? {}
      refuse(others, ['Location', 'Bucket'])
      if (wanted !== undefined && wanted !== region)
        throw new EngineError(
          'IllegalLocationConstraintException',
          `The ${wanted} location constraint is incompatible for the region specific endpoint this request was sent to.`,
        )
      await clients.lake.createBucket({ bucket: input.Bucket! }).catch((thrown) => {
        // us-east-1 alone answers a second creation by the owner with success.
        if (thrown.code !== 'BucketAlreadyOwnedByYou' || region !== DEFAULT_REGION) throw thrown
      })
      if (others.Tags) await clients.lake.changeBucket({ bucket: input.Bucket!, tags: bucketTags(others.Tags) })
      return { Location: `/${input.Bucket}` }
    },
  }),

  DeleteBucket: operation<DeleteBucketRequest, object>({
    schema: DeleteBucket$,
    async run(input, { clients }) {
      refuse(input, [])
      await clients.lake.deleteBucket({ bucket: input.Bucket! })
      return {}
    },
  }),

  HeadBucket: operation<HeadBucketRequest, HeadBucketOutput>({
    schema: HeadBucket$,
    async run(input, { clients, region }) {
      refuse(input, [])
      await clients.lake.bucketSettings({ bucket: input.Bucket! })
      return { BucketRegion: region }
    },
  }),

  GetBucketLocation: operation<GetBucketLocationRequest, GetBucketLocationOutput>({
    schema: GetBucketLocation$,
    async run(input, { clients, region, answer }) {
      refuse(input, [])
      await clients.lake.bucketSettings({ bucket: input.Bucket! })
      // The model wraps what S3 does not: the whole document is one element, empty for us-east-1.
      const text = region === DEFAULT_REGION ? '' : region
      answer.document = `<LocationConstraint xmlns="${S3_NAMESPACE}">${text}</LocationConstraint>`
      return {}
    },
  }),

  ListBuckets: operation<ListBucketsRequest, ListBucketsOutput>({
    schema: ListBuckets$,
    constraints: { MaxBuckets: { range: [1, 10_000] } },
    async run(input, { clients, region }) {
      const all = (await clients.lake.listBuckets({})).filter(
        ({ name }) => name.startsWith(input.Prefix ?? '') && name > (input.ContinuationToken ?? ''),
      )
      const here = input.BucketRegion === undefined || input.BucketRegion === region ? all : []
      const page = here.slice(0, input.MaxBuckets ?? 10_000)
      return {
        Owner: OWNER,
        Buckets: page.map(({ name, createdMs }) => ({
          Name: name,
          CreationDate: new Date(createdMs),
          BucketRegion: region,
        })),
        ...(page.length < here.length && { ContinuationToken: page[page.length - 1].name }),
        ...(input.Prefix !== undefined && { Prefix: input.Prefix }),
      }
    },
  }),
}
