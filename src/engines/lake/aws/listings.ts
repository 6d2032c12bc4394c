import {
  ListObjects$,
  type ListObjectsOutput,
  type ListObjectsRequest,
  ListObjectsV2$,
  type ListObjectsV2Output,
  type ListObjectsV2Request,
} from '@aws-sdk/client-s3'
import { encodeText } from '../../kit/node/aws/http.ts'
import { escapeXml, xmlTree } from '../../kit/node/aws/xml.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { ObjectInfo } from '../contract.ts'
import { checksumSummary, OWNER, operation, refuse, S3_NAMESPACE } from './common.ts'

/** A page holds at most 1,000 keys, whatever is asked for. */
const PAGE_MAX = 1000

/** Sorts after every key of a common prefix that a listing leapt over. */
const PREFIX_END = '\u{10ffff}'

/** Clients ask for escaped keys, since XML has no control characters. */
export function speller(encodingType: string | undefined): (text: string) => string {
  if (encodingType === undefined) return (text) => text
  if (encodingType !== 'url') throw new EngineError('InvalidArgument', 'Invalid Encoding Method specified in Request')
  return (text) => text.split('/').map(encodeText).join('/')
}

export const limitOf = (asked: number | undefined): number => {
  if (asked !== undefined && (asked < 0 || !Number.isInteger(asked)))
    throw new EngineError('InvalidArgument', 'Argument max-keys must be an integer between 0 and 2147483647')
  return Math.min(asked ?? PAGE_MAX, PAGE_MAX)
}

/** Nothing is ever restored from an archive here, which is what a listing with `RestoreStatus` then says. */
export function optionalAttributes({
  OptionalObjectAttributes: asked,
}: {
  OptionalObjectAttributes?: string[] | undefined
}) {
  for (const OptionalObjectAttributes of asked ?? [])
    refuse({ OptionalObjectAttributes }, ['OptionalObjectAttributes'], ['RestoreStatus'])
}

/** A page has a thousand of these, so that they are written by hand. */
function contents(objects: readonly ObjectInfo[], spell: (text: string) => string, withOwner: boolean): string {
  const end = `${withOwner ? xmlTree('Owner', OWNER) : ''}<StorageClass>STANDARD</StorageClass></Contents>`
  let text = ''
  for (const object of objects) {
    const { ChecksumAlgorithm, ChecksumType } = checksumSummary(object)
    const checksum = xmlTree('ChecksumAlgorithm', ChecksumAlgorithm) + xmlTree('ChecksumType', ChecksumType)
    const modified = new Date(object.modifiedMs).toISOString()
    text += `<Contents><Key>${escapeXml(spell(object.key))}</Key><LastModified>${modified}</LastModified>`
    text += `<ETag>&quot;${object.etag.slice(1, -1)}&quot;</ETag>${checksum}<Size>${object.size}</Size>${end}`
  }
  return text
}

/** `Contents` is text already. */
function listDocument({
  Contents,
  ...result
}: Omit<ListObjectsOutput & ListObjectsV2Output, 'Contents'> & { Contents: string }): string {
  const inner = xmlTree('ListBucketResult', result).slice('<ListBucketResult>'.length, -'</ListBucketResult>'.length)
  return `<ListBucketResult xmlns="${S3_NAMESPACE}">${inner}${Contents}</ListBucketResult>`
}

const EMPTY = { objects: [] as ObjectInfo[], commonPrefixes: [] as string[], next: undefined }

export const listingOperations = {
  ListObjectsV2: operation<ListObjectsV2Request, ListObjectsV2Output>({
    schema: ListObjectsV2$,
    async run(input, { clients, answer }) {
      refuse(input, [])
      optionalAttributes(input)
      const spell = speller(input.EncodingType)
      const max = limitOf(input.MaxKeys)
      const query = { bucket: input.Bucket!, prefix: input.Prefix ?? '', delimiter: input.Delimiter ?? '' }
      const startAfter =
        input.ContinuationToken === undefined ? (input.StartAfter ?? '') : fromToken(input.ContinuationToken)
      const page = await clients.lake.listObjects({ ...query, startAfter, max: Math.max(1, max) })
      const { objects, commonPrefixes, next } = max === 0 ? EMPTY : page
      answer.document = listDocument({
        Name: input.Bucket,
        Prefix: spell(query.prefix),
        Delimiter: input.Delimiter === undefined ? undefined : spell(input.Delimiter),
        MaxKeys: max,
        KeyCount: objects.length + commonPrefixes.length,
        IsTruncated: next !== undefined,
        EncodingType: input.EncodingType,
        ContinuationToken: input.ContinuationToken,
        NextContinuationToken: next === undefined ? undefined : toToken(next),
        StartAfter: input.StartAfter === undefined ? undefined : spell(input.StartAfter),
        Contents: contents(objects, spell, input.FetchOwner === true),
        CommonPrefixes: commonPrefixes.map((prefix) => ({ Prefix: spell(prefix) })),
      })
      return {}
    },
  }),

  ListObjects: operation<ListObjectsRequest, ListObjectsOutput>({
    schema: ListObjects$,
    async run(input, { clients, answer }) {
      refuse(input, [])
      optionalAttributes(input)
      const spell = speller(input.EncodingType)
      const max = limitOf(input.MaxKeys)
      const query = { bucket: input.Bucket!, prefix: input.Prefix ?? '', delimiter: input.Delimiter ?? '' }
      const marker = input.Marker ?? ''
      // A marker may be a common prefix of the page before: its keys were told already.
      const leapt = query.delimiter !== '' && marker.length > query.prefix.length && marker.endsWith(query.delimiter)
      const startAfter = leapt ? marker + PREFIX_END : marker
      const page = await clients.lake.listObjects({ ...query, startAfter, max: Math.max(1, max) })
      const { objects, commonPrefixes, next } = max === 0 ? EMPTY : page
      answer.document = listDocument({
        Name: input.Bucket,
        Prefix: spell(query.prefix),
        Delimiter: input.Delimiter === undefined ? undefined : spell(input.Delimiter),
        Marker: spell(marker),
        MaxKeys: max,
        IsTruncated: next !== undefined,
        EncodingType: input.EncodingType,
        // Without a delimiter the client goes on from the last key itself.
        NextMarker: next === undefined || query.delimiter === '' ? undefined : spell(next.replace(PREFIX_END, '')),
        Contents: contents(objects, spell, true),
        CommonPrefixes: commonPrefixes.map((prefix) => ({ Prefix: spell(prefix) })),
      })
      return {}
    },
  }),
}

const toToken = (key: string): string => Buffer.from(key).toString('base64url')

function fromToken(token: string): string {
  const key = Buffer.from(token, 'base64url').toString('utf8')
  if (toToken(key) !== token) throw new EngineError('InvalidArgument', 'The continuation token provided is incorrect')
  return key
}
