import {
  GetBucketVersioning$,
  type GetBucketVersioningOutput,
  type GetBucketVersioningRequest,
  ListObjectVersions$,
  type ListObjectVersionsOutput,
  type ListObjectVersionsRequest,
  PutBucketVersioning$,
  type PutBucketVersioningRequest,
} from '@aws-sdk/client-s3'
import { EngineError } from '../../kit/pure/errors.ts'
import { checksumSummary, documentOperation, OWNER, operation, refuse } from './common.ts'
import { limitOf, optionalAttributes, speller } from './listings.ts'

export const versionOperations = {
  GetBucketVersioning: operation<GetBucketVersioningRequest, GetBucketVersioningOutput>({
    schema: GetBucketVersioning$,
    async run(input, { clients }) {
      refuse(input, [])
      const { versioning } = await clients.lake.bucketSettings({ bucket: input.Bucket! })
      return versioning ? { Status: versioning } : {}
    },
  }),

  PutBucketVersioning: documentOperation<PutBucketVersioningRequest, object>({
    schema: PutBucketVersioning$,
    async run(input, { clients }) {
      refuse(input, ['MFA'])
      const { Status: versioning, MFADelete } = input.VersioningConfiguration ?? {}
      refuse({ MFADelete }, ['MFADelete'], ['Disabled'])
      if (versioning !== 'Enabled' && versioning !== 'Suspended')
        throw new EngineError(
          'IllegalVersioningConfigurationException',
          'The Versioning element must be specified as Enabled or Suspended',
        )
      await clients.lake.changeBucket({ bucket: input.Bucket!, versioning })
      return {}
    },
  }),

  ListObjectVersions: operation<ListObjectVersionsRequest, ListObjectVersionsOutput>({
    schema: ListObjectVersions$,
    async run(input, { clients }) {
      refuse(input, [])
      optionalAttributes(input)
      const spell = speller(input.EncodingType)
      const max = limitOf(input.MaxKeys)
      const { KeyMarker: key, VersionIdMarker: versionId } = input
      if (versionId !== undefined && key === undefined)
        throw new EngineError('InvalidArgument', 'A version-id marker cannot be specified without a key marker.')
      const query = { bucket: input.Bucket!, prefix: input.Prefix ?? '', delimiter: input.Delimiter ?? '' }
      const after = key !== undefined ? { after: { key, ...(versionId && { versionId }) } } : {}
      const page = await clients.lake.listVersions({ ...query, ...after, max: Math.max(1, max) })
      const { versions, commonPrefixes, next } =
        max === 0 ? { versions: [], commonPrefixes: [], next: undefined } : page
      const common = (version: (typeof versions)[number]) => ({
        Key: spell(version.key),
        VersionId: version.versionId,
        IsLatest: version.latest,
        LastModified: new Date(version.modifiedMs),
        Owner: OWNER,
      })
      return {
        Name: input.Bucket,
        Prefix: spell(query.prefix),
        Delimiter: input.Delimiter === undefined ? undefined : spell(input.Delimiter),
        KeyMarker: spell(key ?? ''),
        VersionIdMarker: versionId ?? '',
        MaxKeys: max,
        EncodingType: input.EncodingType,
        IsTruncated: next !== undefined,
        NextKeyMarker: next && spell(next.key),
        NextVersionIdMarker: next?.versionId,
        Versions: versions
          .filter((version) => !version.marker)
          .map((version) => ({
            ...common(version),
            ETag: version.etag,
            Size: version.size,
            StorageClass: 'STANDARD' as const,
            ...checksumSummary(version),
          })),
        DeleteMarkers: versions.filter((version) => version.marker).map(common),
        CommonPrefixes: commonPrefixes.map((prefix) => ({ Prefix: spell(prefix) })),
      } as ListObjectVersionsOutput
    },
  }),
}
