import type { Tag } from '@aws-sdk/client-s3'
import { parseQuery } from '../../kit/node/aws/http.ts'
import { EngineError } from '../../kit/pure/errors.ts'

const OBJECT_TAGS_MAX = 10
const BUCKET_TAGS_MAX = 50

const invalid = (message: string) => new EngineError('InvalidTag', message)

/** Tags by S3's rules (S3 User Guide, "Categorizing your objects using tags"). */
function checkedTags(pairs: readonly (readonly [string, string])[], max: number): Record<string, string> {
  if (pairs.length > max) throw new EngineError('BadRequest', `Tags cannot be greater than ${max}`)
  const tags = new Map<string, string>()
  for (const [key, value] of pairs) {
    if (key === '' || key.length > 128) throw invalid('The TagKey you have provided is invalid')
    if (value.length > 256) throw invalid('The TagValue you have provided is invalid')
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(key + value) || key.toLowerCase().startsWith('aws:'))
      throw invalid('The TagKey or TagValue you have provided is invalid')
    if (tags.has(key)) throw invalid('Cannot provide multiple Tags with the same key')
    tags.set(key, value)
  }
  return Object.fromEntries(tags)
}

/** The `x-amz-tagging` header: `a=1&b=2`, escaped as in a query. */
export const tagsOfHeader = (header: string): Record<string, string> => checkedTags(parseQuery(header), OBJECT_TAGS_MAX)

export const objectTags = (set: readonly Tag[] | undefined) => ofSet(set, OBJECT_TAGS_MAX)

export const bucketTags = (set: readonly Tag[] | undefined) => ofSet(set, BUCKET_TAGS_MAX)

const ofSet = (set: readonly Tag[] | undefined, max: number) =>
  checkedTags(
    (set ?? []).map(({ Key = '', Value = '' }) => [Key, Value] as const),
    max,
  )
