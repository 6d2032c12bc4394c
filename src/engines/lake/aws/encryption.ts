import {
  DeleteBucketEncryption$,
  type DeleteBucketEncryptionRequest,
  GetBucketEncryption$,
  type GetBucketEncryptionOutput,
  type GetBucketEncryptionRequest,
  PutBucketEncryption$,
  type PutBucketEncryptionRequest,
  ServerSideEncryption,
  type ServerSideEncryptionRule,
} from '@aws-sdk/client-s3'
import { EngineError } from '../../kit/pure/errors.ts'
import { documentOperation, malformed, operation, refuse } from './common.ts'

/** What S3 says of every object that nobody gave a key for (S3 User Guide, "Protecting data with server-side encryption"). */
export const ENCRYPTED = { ServerSideEncryption: 'AES256' } as const

const ALGORITHMS: readonly string[] = Object.values(ServerSideEncryption)

/** Takes encryption with keys of the service, which S3 does unasked; keys of others are refused. */
export function refuseKeys(input: {
  ServerSideEncryption?: string | undefined
  BucketKeyEnabled?: boolean | undefined
}): void {
  if (input.ServerSideEncryption !== undefined && !ALGORITHMS.includes(input.ServerSideEncryption))
    throw new EngineError(
      'InvalidEncryptionAlgorithmError',
      'The encryption request that you specified is not valid. The valid value is AES256.',
    )
  refuse(input, ['ServerSideEncryption', 'BucketKeyEnabled'], ['AES256', 'false'])
}

/** Whether bucket keys are on, which S3 keeps with AES256 too, though KMS alone has a use for them. */
function readRule({
  ApplyServerSideEncryptionByDefault: byDefault,
  BlockedEncryptionTypes: blocked,
  BucketKeyEnabled = false,
}: ServerSideEncryptionRule): boolean {
  if (byDefault) {
    if (!ALGORITHMS.includes(byDefault.SSEAlgorithm ?? '')) throw malformed()
    if (byDefault.SSEAlgorithm === 'AES256' && byDefault.KMSMasterKeyID !== undefined)
      throw new EngineError(
        'InvalidArgument',
        'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
      )
    refuse(byDefault, ['SSEAlgorithm'], ['AES256'])
  }
  if (blocked) refuse(blocked, ['EncryptionType'], ['SSE-C'])
  return BucketKeyEnabled
}

/** What default encryption is here: `docs/decisions/0010-encryption-of-objects.md`. */
export const encryptionOperations = {
  PutBucketEncryption: documentOperation<PutBucketEncryptionRequest, object>({
    schema: PutBucketEncryption$,
    async run(input, { clients }) {
      refuse(input, [])
      const rules = input.ServerSideEncryptionConfiguration?.Rules ?? []
      if (rules.length !== 1) throw malformed()
      await clients.lake.changeBucket({ bucket: input.Bucket!, bucketKeys: readRule(rules[0]) })
      return {}
    },
  }),

  GetBucketEncryption: operation<GetBucketEncryptionRequest, GetBucketEncryptionOutput>({
    schema: GetBucketEncryption$,
    async run(input, { clients }) {
      refuse(input, [])
      const { bucketKeys = false } = await clients.lake.bucketSettings({ bucket: input.Bucket! })
      const rule = {
        ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' as const },
        BucketKeyEnabled: bucketKeys,
        BlockedEncryptionTypes: { EncryptionType: ['SSE-C' as const] },
      }
      return { ServerSideEncryptionConfiguration: { Rules: [rule] } }
    },
  }),

  DeleteBucketEncryption: operation<DeleteBucketEncryptionRequest, object>({
    schema: DeleteBucketEncryption$,
    async run(input, { clients }) {
      refuse(input, [])
      await clients.lake.changeBucket({ bucket: input.Bucket!, bucketKeys: null })
      return {}
    },
  }),
}
