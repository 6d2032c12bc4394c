import {
  ListTagsForDeliveryStream$,
  type ListTagsForDeliveryStreamInput,
  type ListTagsForDeliveryStreamOutput,
  StartDeliveryStreamEncryption$,
  type StartDeliveryStreamEncryptionInput,
  StopDeliveryStreamEncryption$,
  type StopDeliveryStreamEncryptionInput,
  type Tag,
  TagDeliveryStream$,
  type TagDeliveryStreamInput,
  UntagDeliveryStream$,
  type UntagDeliveryStreamInput,
} from '@aws-sdk/client-firehose'
import { operationShape } from '../../kit/node/aws/shapes.ts'
import { requireHonoured } from './honoured.ts'
import { NAME, operation } from './operation.ts'
import { refuse } from './refuse.ts'

const TAG_KEY = { length: [1, 128], pattern: /(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@%]*/u } as const
const TAG_VALUE = { length: [0, 256], pattern: /[\p{L}\p{Z}\p{N}_.:/=+\-@%]*/u } as const
export const TAG_CONSTRAINTS = { Tags: { length: [1, 50] }, 'Tags[].Key': TAG_KEY, 'Tags[].Value': TAG_VALUE } as const

/** Tags of a request, each key once. */
export function tagsFrom(tags: readonly Tag[]): Record<string, string> {
  const set: Record<string, string> = {}
  for (const { Key = '', Value = '' } of tags) {
    if (Object.hasOwn(set, Key)) throw refuse('Tags', `has the key ${Key} twice`)
    set[Key] = Value
  }
  return set
}

const TagDeliveryStream = operation<TagDeliveryStreamInput, object>({
  schema: TagDeliveryStream$,
  constraints: { DeliveryStreamName: NAME, ...TAG_CONSTRAINTS },
  async run({ DeliveryStreamName, Tags }, { clients }) {
    await clients.firehose.changeTags({ name: DeliveryStreamName!, set: tagsFrom(Tags!) })
    return {}
  },
})

const UntagDeliveryStream = operation<UntagDeliveryStreamInput, object>({
  schema: UntagDeliveryStream$,
  constraints: { DeliveryStreamName: NAME, TagKeys: { length: [1, 50] }, 'TagKeys[]': TAG_KEY },
  async run({ DeliveryStreamName, TagKeys }, { clients }) {
    await clients.firehose.changeTags({ name: DeliveryStreamName!, remove: TagKeys! })
    return {}
  },
})

const ListTagsForDeliveryStream = operation<ListTagsForDeliveryStreamInput, ListTagsForDeliveryStreamOutput>({
  schema: ListTagsForDeliveryStream$,
  constraints: { DeliveryStreamName: NAME, ExclusiveStartTagKey: TAG_KEY, Limit: { range: [1, 50] } },
  async run({ DeliveryStreamName, ExclusiveStartTagKey: after, Limit = 50 }, { clients }) {
    const { tags = {} } = await clients.firehose.describeDeliveryStream({ name: DeliveryStreamName! })
    const keys = Object.keys(tags)
      .sort()
      .filter((key) => after === undefined || key > after)
    return {
      Tags: keys.slice(0, Limit).map((Key) => ({ Key, Value: tags[Key] })),
      HasMoreTags: keys.length > Limit,
    }
  },
})

const StartDeliveryStreamEncryption = operation<StartDeliveryStreamEncryptionInput, object>({
  schema: StartDeliveryStreamEncryption$,
  constraints: { DeliveryStreamName: NAME },
  async run(input, { clients }) {
    requireHonoured(operationShape(StartDeliveryStreamEncryption$).input, input)
    await clients.firehose.startEncryption({ name: input.DeliveryStreamName! })
    return {}
  },
})

const StopDeliveryStreamEncryption = operation<StopDeliveryStreamEncryptionInput, object>({
  schema: StopDeliveryStreamEncryption$,
  constraints: { DeliveryStreamName: NAME },
  async run({ DeliveryStreamName }, { clients }) {
    await clients.firehose.stopEncryption({ name: DeliveryStreamName! })
    return {}
  },
})

export const administration = {
  TagDeliveryStream,
  UntagDeliveryStream,
  ListTagsForDeliveryStream,
  StartDeliveryStreamEncryption,
  StopDeliveryStreamEncryption,
}
