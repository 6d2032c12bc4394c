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
import { invalidArgument, NAMING, nameOf, operation, refuse } from './common.ts'

const TAGS_MAX = 50
const KEY = { length: [1, 128] } as const

export const AddTagsToStream = operation<AddTagsToStreamInput, object>({
  schema: AddTagsToStream$,
  constraints: { ...NAMING, Tags: { length: [1, 200] }, 'Tags.key': KEY, 'Tags.value': { length: [0, 256] } },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const stream = nameOf(input)
    const { tags: present } = await clients.stream.describeStream({ stream })
    const words = Object.entries(input.Tags!).flat()
    if (words.some((word) => /[^\p{L}\p{N}\s_./=+\-@:%]/u.test(word)))
      throw invalidArgument(
        'Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @ :.',
      )
    if (words.some((word) => word.includes('%')))
      throw invalidArgument(
        `Failed to add tags to stream ${stream} under account ${ACCOUNT_ID} because some tags contained illegal characters. The allowed characters are Unicode letters, white-spaces, '_',',','/','=','+','-','@',':'.`,
      )
    const tags = { ...present, ...input.Tags }
    if (Object.keys(tags).length > TAGS_MAX)
      throw invalidArgument(
        `Failed to add tags to stream ${stream} under account ${ACCOUNT_ID} because a given stream cannot have more than ${TAGS_MAX} tags associated with it.`,
      )
    await clients.stream.updateStream({ stream, tags })
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
