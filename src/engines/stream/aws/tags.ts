import {
  AddTagsToStream$,
  type AddTagsToStreamInput,
  ListTagsForStream$,
  type ListTagsForStreamInput,
  type ListTagsForStreamOutput,
  RemoveTagsFromStream$,
  type RemoveTagsFromStreamInput,
} from '@aws-sdk/client-kinesis'
import { ACCOUNT_ID } from '../../kit/pure/ids.ts'
import { invalidArgument, NAMING, nameOf, operation, refuse, TAGS } from './common.ts'

const TAGS_MAX = 50
const KEY = { length: [1, 128] } as const

/** Refuses tags that the service would. `what` is the resource they are for, such as `stream orders`. */
export function checkTags(tags: Readonly<Record<string, string>>, what: string): void {
  const words = Object.entries(tags).flat()
  if (words.some((word) => /[^\p{L}\p{N}\s_./=+\-@:%]/u.test(word)))
    throw invalidArgument(
      'Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @ :.',
    )
  if (words.some((word) => word.includes('%')))
    throw invalidArgument(
      `Failed to add tags to ${what} under account ${ACCOUNT_ID} because some tags contained illegal characters. The allowed characters are Unicode letters, white-spaces, '_',',','/','=','+','-','@',':'.`,
    )
  if (Object.keys(tags).length > TAGS_MAX)
    throw invalidArgument(
      `Failed to add tags to ${what} under account ${ACCOUNT_ID} because a given ${what.split(' ')[0]} cannot have more than ${TAGS_MAX} tags associated with it.`,
    )
}

export function withTags(
  present: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>>,
  what: string,
): Record<string, string> {
  const tags = { ...present, ...more }
  checkTags(tags, what)
  return tags
}

export const AddTagsToStream = operation<AddTagsToStreamInput, object>({
  schema: AddTagsToStream$,
  constraints: { ...NAMING, ...TAGS },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const stream = nameOf(input)
    const { tags: present } = await clients.stream.describeStream({ stream })
    await clients.stream.updateStream({ stream, tags: withTags(present, input.Tags!, `stream ${stream}`) })
    return {}
  },
})

export const RemoveTagsFromStream = operation<RemoveTagsFromStreamInput, object>({
  schema: RemoveTagsFromStream$,
  constraints: { ...NAMING, TagKeys: { length: [1, 50] }, 'TagKeys[]': KEY },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const stream = nameOf(input)
    const { tags } = await clients.stream.describeStream({ stream })
    const kept = Object.entries(tags).filter(([key]) => !input.TagKeys!.includes(key))
    await clients.stream.updateStream({ stream, tags: Object.fromEntries(kept) })
    return {}
  },
})

export const ListTagsForStream = operation<ListTagsForStreamInput, ListTagsForStreamOutput>({
  schema: ListTagsForStream$,
  constraints: { ...NAMING, ExclusiveStartTagKey: KEY, Limit: { range: [1, 50] } },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const { tags } = await clients.stream.describeStream({ stream: nameOf(input) })
    const { ExclusiveStartTagKey: after, Limit = TAGS_MAX } = input
    const keys = Object.keys(tags)
      .sort()
      .filter((key) => after === undefined || key > after)
    return {
      Tags: keys.slice(0, Limit).map((Key) => ({ Key, Value: tags[Key] })),
      HasMoreTags: keys.length > Limit,
    }
  },
})
