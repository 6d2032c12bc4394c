import {
  type Consumer,
  DeregisterStreamConsumer$,
  type DeregisterStreamConsumerInput,
  DescribeStreamConsumer$,
  type DescribeStreamConsumerInput,
  type DescribeStreamConsumerOutput,
  ListStreamConsumers$,
  type ListStreamConsumersInput,
  type ListStreamConsumersOutput,
  RegisterStreamConsumer$,
  type RegisterStreamConsumerInput,
  type RegisterStreamConsumerOutput,
} from '@aws-sdk/client-kinesis'
import type { RegisteredConsumer } from '../contract.ts'
import { streamNotFound } from '../model.ts'
import {
  CONSUMER_ARN,
  CONSUMER_NAME,
  invalidArgument,
  NAMING,
  NEXT_TOKEN,
  nameOf,
  operation,
  refuse,
  TAGS,
} from './common.ts'
import { namedConsumer, wholeSeconds } from './resource.ts'
import { checkTags } from './tags.ts'
import { readToken, writeToken } from './token.ts'

const PAGE_MAX = 100
const CONSUMER = { StreamARN: NAMING.StreamARN, ConsumerName: CONSUMER_NAME, ConsumerARN: CONSUMER_ARN }

export const RegisterStreamConsumer = operation<RegisterStreamConsumerInput, RegisterStreamConsumerOutput>({
  schema: RegisterStreamConsumer$,
  constraints: { StreamARN: NAMING.StreamARN, ConsumerName: CONSUMER_NAME, ...TAGS },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const { ConsumerName, Tags = {} } = input
    checkTags(Tags, `consumer ${ConsumerName}`)
    const consumer = await clients.stream.registerConsumer({
      stream: nameOf(input),
      consumer: ConsumerName!,
      tags: Tags,
    })
    return { Consumer: consumerOf(consumer) }
  },
})

export const DescribeStreamConsumer = operation<DescribeStreamConsumerInput, DescribeStreamConsumerOutput>({
  schema: DescribeStreamConsumer$,
  constraints: CONSUMER,
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const { consumer } = await namedConsumer(clients, input)
    return { ConsumerDescription: { ...consumerOf(consumer), StreamARN: consumer.streamArn } }
  },
})

export const DeregisterStreamConsumer = operation<DeregisterStreamConsumerInput, object>({
  schema: DeregisterStreamConsumer$,
  constraints: CONSUMER,
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const { stream, consumer } = await namedConsumer(clients, input)
    await clients.stream.deregisterConsumer({ stream, consumer: consumer.name })
    return {}
  },
})

interface Page {
  readonly stream: string
  readonly createdS: number
  readonly after: string
}

/** In the order of their names. A token is of one stream: not of a later one of the same name. */
export const ListStreamConsumers = operation<ListStreamConsumersInput, ListStreamConsumersOutput>({
  schema: ListStreamConsumers$,
  constraints: { StreamARN: NAMING.StreamARN, NextToken: NEXT_TOKEN, MaxResults: { range: [1, 10_000] } },
  async run(input, { clients }) {
    refuse(input, 'StreamId')
    const stream = nameOf(input)
    const page = input.NextToken === undefined ? undefined : readToken<Page>('ListStreamConsumers', input.NextToken)
    if (page && input.StreamCreationTimestamp)
      throw invalidArgument('NextToken and StreamCreationTimestamp cannot be provided together.')
    if (page && page.stream !== stream) throw invalidArgument('NextToken is of another stream.')
    const createdS = Math.floor((await clients.stream.describeStream({ stream })).createdMs / 1000)
    const asked = input.StreamCreationTimestamp ? Math.floor(input.StreamCreationTimestamp.getTime() / 1000) : undefined
    if ((page?.createdS ?? asked ?? createdS) !== createdS) throw streamNotFound(stream)
    const consumers = await clients.stream.registeredConsumers({ stream })
    const rest = consumers
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .filter(({ name }) => page === undefined || name > page.after)
    const shown = rest.slice(0, Math.min(input.MaxResults ?? PAGE_MAX, PAGE_MAX))
    const next = { stream, createdS, after: shown[shown.length - 1]?.name }
    return {
      Consumers: shown.map(consumerOf),
      ...(rest.length > shown.length && { NextToken: writeToken('ListStreamConsumers', next) }),
    }
  },
})

function consumerOf({ name, arn, status, createdMs }: RegisteredConsumer): Consumer {
  return {
    ConsumerName: name,
    ConsumerARN: arn,
    ConsumerStatus: status,
    ConsumerCreationTimestamp: wholeSeconds(createdMs),
  }
}
