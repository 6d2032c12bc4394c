import {
  DeleteResourcePolicy$,
  type DeleteResourcePolicyInput,
  GetResourcePolicy$,
  type GetResourcePolicyInput,
  type GetResourcePolicyOutput,
  ListTagsForResource$,
  type ListTagsForResourceInput,
  type ListTagsForResourceOutput,
  PutResourcePolicy$,
  type PutResourcePolicyInput,
  TagResource$,
  type TagResourceInput,
  UntagResource$,
  type UntagResourceInput,
} from '@aws-sdk/client-kinesis'
import { EngineError } from '../../kit/pure/errors.ts'
import { invalidArgument, operation, RESOURCE_ARN, refuse, type StreamClients, TAGS } from './common.ts'
import { consumerByArn, parseArn } from './resource.ts'
import { withTags } from './tags.ts'

/** Tags and policies, which streams and their registered consumers have alike. */

interface Found {
  /** `stream orders`, as messages say it. */
  readonly what: string
  readonly tags: Readonly<Record<string, string>>
  readonly policy?: string
  readonly change: (change: { tags?: Record<string, string>; policy?: string | null }) => Promise<unknown>
}

async function find(clients: StreamClients, arn: string): Promise<Found> {
  const { stream, consumer: name } = parseArn(arn)
  if (name === undefined) {
    const { tags, policy } = await clients.stream.describeStream({ stream })
    const change = (to: object) => clients.stream.updateStream({ stream, ...to })
    return { what: `stream ${stream}`, tags, policy, change }
  }
  const { consumer } = await consumerByArn(clients, arn)
  const { tags, policy } = consumer
  const change = (to: object) => clients.stream.updateRegisteredConsumer({ stream, consumer: name, ...to })
  return { what: `consumer ${name}`, tags, policy, change }
}

export const TagResource = operation<TagResourceInput, object>({
  schema: TagResource$,
  constraints: { ResourceARN: RESOURCE_ARN, ...TAGS },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const { what, tags, change } = await find(clients, input.ResourceARN!)
    await change({ tags: withTags(tags, input.Tags!, what) })
    return {}
  },
})

export const UntagResource = operation<UntagResourceInput, object>({
  schema: UntagResource$,
  constraints: { ResourceARN: RESOURCE_ARN, TagKeys: { length: [1, 50] }, 'TagKeys[]': { length: [1, 128] } },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const { tags, change } = await find(clients, input.ResourceARN!)
    await change({ tags: Object.fromEntries(Object.entries(tags).filter(([key]) => !input.TagKeys!.includes(key))) })
    return {}
  },
})

export const ListTagsForResource = operation<ListTagsForResourceInput, ListTagsForResourceOutput>({
  schema: ListTagsForResource$,
  constraints: { ResourceARN: RESOURCE_ARN },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const { tags } = await find(clients, input.ResourceARN!)
    const sorted = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1))
    return { Tags: sorted.map(([Key, Value]) => ({ Key, Value })) }
  },
})

export const PutResourcePolicy = operation<PutResourcePolicyInput, object>({
  schema: PutResourcePolicy$,
  constraints: { ResourceARN: RESOURCE_ARN },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const { change } = await find(clients, input.ResourceARN!)
    checkPolicy(input.Policy!)
    await change({ policy: input.Policy! })
    return {}
  },
})

/** Without a policy the answer is an empty one. */
export const GetResourcePolicy = operation<GetResourcePolicyInput, GetResourcePolicyOutput>({
  schema: GetResourcePolicy$,
  constraints: { ResourceARN: RESOURCE_ARN },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    return { Policy: (await find(clients, input.ResourceARN!)).policy ?? '{}' }
  },
})

export const DeleteResourcePolicy = operation<DeleteResourcePolicyInput, object>({
  schema: DeleteResourcePolicy$,
  constraints: { ResourceARN: RESOURCE_ARN },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const { policy, change } = await find(clients, input.ResourceARN!)
    if (policy === undefined)
      throw new EngineError(
        'ResourceNotFoundException',
        `No resource policy found for resource ARN ${input.ResourceARN}`,
      )
    await change({ policy: null })
    return {}
  },
})

/** The form of a policy; what it allows is not looked at. */
function checkPolicy(text: string): void {
  let policy: unknown
  try {
    policy = JSON.parse(text)
  } catch {
    throw invalidArgument('The policy is not valid JSON.')
  }
  const statements = [(policy as { Statement?: unknown } | null)?.Statement].flat()
  const whole = (statement: unknown) =>
    statement !== null &&
    typeof statement === 'object' &&
    ['Effect', 'Principal', 'Action'].every((member) => member in statement)
  if (!statements.every(whole))
    throw invalidArgument('The policy must have a Statement whose elements have Effect, Principal and Action.')
}
