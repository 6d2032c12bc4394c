import type { Tag } from '@aws-sdk/client-s3'
import { parseQuery } from '../../kit/node/aws/http.ts'
import { BUCKET_TAGS_MAX, checkedTags, OBJECT_TAGS_MAX } from '../setting-rules.ts'

/** The `x-amz-tagging` header: `a=1&b=2`, escaped as in a query. */
export const tagsOfHeader = (header: string): Record<string, string> => checkedTags(parseQuery(header), OBJECT_TAGS_MAX)

export const objectTags = (set: readonly Tag[] | undefined) => ofSet(set, OBJECT_TAGS_MAX)

export const bucketTags = (set: readonly Tag[] | undefined) => ofSet(set, BUCKET_TAGS_MAX)

const ofSet = (set: readonly Tag[] | undefined, max: number) =>
  checkedTags(
    (set ?? []).map(({ Key = '', Value = '' }) => [Key, Value] as const),
    max,
  )
