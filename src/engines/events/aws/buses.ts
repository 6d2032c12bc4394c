import {
  CreateEventBus$,
  type CreateEventBusRequest,
  type CreateEventBusResponse,
  DeleteEventBus$,
  type DeleteEventBusRequest,
  DescribeEventBus$,
  type DescribeEventBusRequest,
  type DescribeEventBusResponse,
  ListEventBuses$,
  type ListEventBusesRequest,
  type ListEventBusesResponse,
  ListTagsForResource$,
  type ListTagsForResourceRequest,
  type ListTagsForResourceResponse,
  PutEvents$,
  type PutEventsRequest,
  type PutEventsRequestEntry,
  type PutEventsResponse,
  TagResource$,
  type TagResourceRequest,
  TestEventPattern$,
  type TestEventPatternRequest,
  type TestEventPatternResponse,
  UntagResource$,
  type UntagResourceRequest,
  UpdateEventBus$,
  type UpdateEventBusRequest,
  type UpdateEventBusResponse,
} from '@aws-sdk/client-eventbridge'
import { type Bus, DEFAULT_BUS } from '../contract.ts'
import { invalid, notFound } from '../errors.ts'
import { BUS_NAME, dateOf, operation, pageOf, refuseDeadLetters, requireHonoured, tagList, tagsOf } from './common.ts'

/** Of all entries of a request together (PutEvents). */
const REQUEST_BYTES_MAX = 1024 * 1024
const TIME_BYTES = 14

const PutEvents = operation<PutEventsRequest, PutEventsResponse>({
  schema: PutEvents$,
  constraints: { Entries: { length: [1, 10] } },
  async run(input, { clients }) {
    requireHonoured(input, ['Entries'])
    const entries = input.Entries!
    if (entries.reduce((bytes, entry) => bytes + sizeOf(entry), 0) > REQUEST_BYTES_MAX)
      throw invalid(`Total size of the entries in the request is over the limit.`, 'Entries')
    const answers = entries.map(faultOf)
    const good = entries.filter((_, i) => !answers[i])
    const put = await clients.events.put({
      entries: good.map((entry) => ({
        bus: entry.EventBusName ?? DEFAULT_BUS,
        source: entry.Source!,
        detailType: entry.DetailType!,
        detail: entry.Detail!,
        resources: entry.Resources,
        timeMs: entry.Time?.getTime(),
      })),
    })
    const results = put.entries.values()
    const shown = answers.map((fault) => {
      const result = fault ?? results.next().value!
      return 'eventId' in result
        ? { EventId: result.eventId }
        : { ErrorCode: result.code, ErrorMessage: result.message }
    })
    return { FailedEntryCount: shown.filter(({ ErrorCode }) => ErrorCode !== undefined).length, Entries: shown }
  },
})

/** "Calculating PutEvents event entry size". */
function sizeOf({ Time, Source = '', DetailType = '', Detail = '', Resources = [] }: PutEventsRequestEntry): number {
  return (
    (Time ? TIME_BYTES : 0) + [Source, DetailType, Detail, ...Resources].reduce((n, s) => n + Buffer.byteLength(s), 0)
  )
}

function faultOf({ Source, DetailType, Detail }: PutEventsRequestEntry): { code: string; message: string } | undefined {
  for (const [name, value] of Object.entries({ Source, DetailType, Detail }))
    if (!value)
      return {
        code: 'InvalidArgument',
        message: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
      }
  if (Source!.startsWith('aws.'))
    return { code: 'NotAuthorizedForSourceException', message: 'Not authorized for the source.' }
  return undefined
}

const TestEventPattern = operation<TestEventPatternRequest, TestEventPatternResponse>({
  schema: TestEventPattern$,
  async run({ EventPattern, Event }, { clients }) {
    const { matches } = await clients.events.testPattern({ pattern: EventPattern!, event: Event! })
    const event = JSON.parse(Event!)
    const missing = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'].find(
      (name) => event[name] === undefined,
    )
    if (missing) throw invalid(`Parameter Event is not valid. Reason: ${missing} is a required field.`, 'Event')
    return { Result: matches }
  },
})

const CreateEventBus = operation<CreateEventBusRequest, CreateEventBusResponse>({
  schema: CreateEventBus$,
  constraints: { Name: { length: [1, 256], pattern: /[/.\-_A-Za-z0-9]+/ }, Description: { length: [0, 512] } },
  async run(input, { clients }) {
    refuseDeadLetters(input.DeadLetterConfig)
    requireHonoured(input, ['Name', 'Description', 'Tags'])
    const name = input.Name!
    if (name.includes('/'))
      throw invalid(`Event source name is required to match event bus name for partner event buses.`)
    const bus = await clients.events.createBus({ name, description: input.Description, tags: tagsOf(input.Tags) })
    return { EventBusArn: bus.arn, Description: bus.description }
  },
})

const UpdateEventBus = operation<UpdateEventBusRequest, UpdateEventBusResponse>({
  schema: UpdateEventBus$,
  async run(input, { clients }) {
    refuseDeadLetters(input.DeadLetterConfig)
    requireHonoured(input, ['Name', 'Description'])
    const name = input.Name ?? DEFAULT_BUS
    const bus = await clients.events.updateBus({ name, description: input.Description })
    return { Name: bus.name, Arn: bus.arn, Description: bus.description }
  },
})

const DeleteEventBus = operation<DeleteEventBusRequest, Record<string, never>>({
  schema: DeleteEventBus$,
  run: ({ Name }, { clients }) => clients.events.deleteBus({ name: Name! }) as Promise<Record<string, never>>,
})

const DescribeEventBus = operation<DescribeEventBusRequest, DescribeEventBusResponse>({
  schema: DescribeEventBus$,
  constraints: { Name: BUS_NAME },
  async run({ Name = DEFAULT_BUS }, { clients }) {
    const bus = (await clients.events.listBuses({})).find(({ name, arn }) => name === Name || arn === Name)
    if (!bus) throw notFound(`Event bus ${Name} does not exist.`)
    return describe(bus)
  },
})

const ListEventBuses = operation<ListEventBusesRequest, ListEventBusesResponse>({
  schema: ListEventBuses$,
  constraints: { Limit: { range: [1, 100] } },
  async run({ NamePrefix = '', NextToken, Limit }, { clients }) {
    const buses = (await clients.events.listBuses({})).filter(({ name }) => name.startsWith(NamePrefix))
    const { page, ...more } = pageOf(buses, NextToken, Limit)
    return { EventBuses: page.map(describe), ...more }
  },
})

const describe = ({ name, arn, description, createdMs, modifiedMs }: Bus) => ({
  Name: name,
  Arn: arn,
  Description: description,
  CreationTime: dateOf(createdMs),
  LastModifiedTime: dateOf(modifiedMs),
})

const TagResource = operation<TagResourceRequest, object>({
  schema: TagResource$,
  run: ({ ResourceARN, Tags }, { clients }) => clients.events.tag({ arn: ResourceARN!, add: tagsOf(Tags), remove: [] }),
})

const UntagResource = operation<UntagResourceRequest, object>({
  schema: UntagResource$,
  run: ({ ResourceARN, TagKeys }, { clients }) => clients.events.tag({ arn: ResourceARN!, add: {}, remove: TagKeys! }),
})

const ListTagsForResource = operation<ListTagsForResourceRequest, ListTagsForResourceResponse>({
  schema: ListTagsForResource$,
  run: async ({ ResourceARN }, { clients }) => ({ Tags: tagList(await clients.events.tagsOf({ arn: ResourceARN! })) }),
})

export const busOperations = {
  CreateEventBus,
  DeleteEventBus,
  DescribeEventBus,
  ListEventBuses,
  ListTagsForResource,
  PutEvents,
  TagResource,
  TestEventPattern,
  UntagResource,
  UpdateEventBus,
}
