import {
  CreateDeliveryStream$,
  type CreateDeliveryStreamInput,
  type CreateDeliveryStreamOutput,
  DeleteDeliveryStream$,
  type DeleteDeliveryStreamInput,
  type DeliveryStreamDescription,
  DescribeDeliveryStream$,
  type DescribeDeliveryStreamInput,
  type DescribeDeliveryStreamOutput,
  ListDeliveryStreams$,
  type ListDeliveryStreamsInput,
  type ListDeliveryStreamsOutput,
  UpdateDestination$,
  type UpdateDestinationInput,
} from '@aws-sdk/client-firehose'
import { operationShape } from '../../kit/node/aws/shapes.ts'
import type { DeliveryStreamInfo } from '../contract.ts'
import { TAG_CONSTRAINTS, tagsFrom } from './administration.ts'
import { DESTINATION_ID, describe, destinationFrom, updatedDestination } from './destination.ts'
import { requireHonoured } from './honoured.ts'
import { NAME, operation } from './operation.ts'
import { notHonoured, refuse } from './refuse.ts'

const TYPES = ['DirectPut', 'KinesisStreamAsSource', 'MSKAsSource', 'DatabaseAsSource'] as const

const CreateDeliveryStream = operation<CreateDeliveryStreamInput, CreateDeliveryStreamOutput>({
  schema: CreateDeliveryStream$,
  constraints: { DeliveryStreamName: NAME, DeliveryStreamType: { values: TYPES }, ...TAG_CONSTRAINTS },
  async run(input, { clients }) {
    requireHonoured(operationShape(CreateDeliveryStream$).input, input)
    const { DeliveryStreamName, DeliveryStreamType = 'DirectPut', Tags = [] } = input
    if (DeliveryStreamType !== 'DirectPut' && DeliveryStreamType !== 'KinesisStreamAsSource')
      throw notHonoured(`DeliveryStreamType ${DeliveryStreamType}`)
    const encrypted = input.DeliveryStreamEncryptionConfigurationInput !== undefined
    const sourceStream = sourceFrom(input)
    const { arn } = await clients.firehose.createDeliveryStream({
      name: DeliveryStreamName!,
      ...(sourceStream && { sourceStream }),
      ...(encrypted && { encrypted }),
      tags: tagsFrom(Tags),
      destination: destinationFrom(input),
    })
    return { DeliveryStreamARN: arn }
  },
})

function sourceFrom(input: CreateDeliveryStreamInput): string | undefined {
  const { DeliveryStreamType, KinesisStreamSourceConfiguration: source } = input
  if ((DeliveryStreamType === 'KinesisStreamAsSource') !== (source !== undefined))
    throw refuse('KinesisStreamSourceConfiguration', 'must be given with the type KinesisStreamAsSource, and only then')
  if (!source) return undefined
  const name = /:stream\/([^/]+)$/.exec(source.KinesisStreamARN ?? '')?.[1]
  if (!name) throw refuse('KinesisStreamARN', 'must be arn:aws:kinesis:region:account:stream/name')
  return name
}

const DeleteDeliveryStream = operation<DeleteDeliveryStreamInput, object>({
  schema: DeleteDeliveryStream$,
  constraints: { DeliveryStreamName: NAME },
  async run({ DeliveryStreamName }, { clients }) {
    await clients.firehose.deleteDeliveryStream({ name: DeliveryStreamName! })
    return {}
  },
})

const DescribeDeliveryStream = operation<DescribeDeliveryStreamInput, DescribeDeliveryStreamOutput>({
  schema: DescribeDeliveryStream$,
  constraints: {
    DeliveryStreamName: NAME,
    Limit: { range: [1, 10_000] },
    ExclusiveStartDestinationId: { length: [1, 100], pattern: /[a-zA-Z0-9-]+/ },
  },
  async run({ DeliveryStreamName, ExclusiveStartDestinationId: after }, { clients, region }) {
    const info = await clients.firehose.describeDeliveryStream({ name: DeliveryStreamName! })
    const Destinations = after === undefined || after < DESTINATION_ID ? [describe(info.destination)] : []
    return { DeliveryStreamDescription: { ...description(info, region), Destinations, HasMoreDestinations: false } }
  },
})

function description(
  info: DeliveryStreamInfo,
  region: string,
): Omit<DeliveryStreamDescription, 'Destinations' | 'HasMoreDestinations'> {
  const { encryption, sourceStream, updatedMs } = info
  const CreateTimestamp = new Date(info.createdMs)
  return {
    DeliveryStreamName: info.name,
    DeliveryStreamARN: info.arn,
    DeliveryStreamStatus: info.status,
    DeliveryStreamType: sourceStream ? 'KinesisStreamAsSource' : 'DirectPut',
    VersionId: info.versionId,
    CreateTimestamp,
    ...(updatedMs !== undefined && { LastUpdateTimestamp: new Date(updatedMs) }),
    DeliveryStreamEncryptionConfiguration: {
      Status: encryption?.status ?? 'DISABLED',
      ...(encryption && encryption.status !== 'DISABLED' && { KeyType: 'AWS_OWNED_CMK' as const }),
      ...(encryption?.failure && {
        FailureDescription: { Type: 'UNKNOWN_ERROR' as const, Details: encryption.failure },
      }),
    },
    ...(sourceStream && {
      Source: {
        KinesisStreamSourceDescription: {
          KinesisStreamARN: `arn:aws:kinesis:${region}:000000000000:stream/${sourceStream}`,
          DeliveryStartTimestamp: CreateTimestamp,
        },
      },
    }),
  }
}

const ListDeliveryStreams = operation<ListDeliveryStreamsInput, ListDeliveryStreamsOutput>({
  schema: ListDeliveryStreams$,
  constraints: {
    Limit: { range: [1, 10_000] },
    DeliveryStreamType: { values: TYPES },
    ExclusiveStartDeliveryStreamName: NAME,
  },
  async run({ Limit = 10, DeliveryStreamType, ExclusiveStartDeliveryStreamName: after }, { clients }) {
    const all = (await clients.firehose.listDeliveryStreams({}))
      .filter(
        (info) =>
          !DeliveryStreamType || (info.sourceStream ? 'KinesisStreamAsSource' : 'DirectPut') === DeliveryStreamType,
      )
      .map((info) => info.name)
      .filter((name) => after === undefined || name > after)
      .sort()
    return { DeliveryStreamNames: all.slice(0, Limit), HasMoreDeliveryStreams: all.length > Limit }
  },
})

const UpdateDestination = operation<UpdateDestinationInput, object>({
  schema: UpdateDestination$,
  constraints: {
    DeliveryStreamName: NAME,
    CurrentDeliveryStreamVersionId: { length: [1, 50], pattern: /[0-9]+/ },
    DestinationId: { length: [1, 100], pattern: /[a-zA-Z0-9-]+/ },
  },
  async run(input, { clients }) {
    requireHonoured(operationShape(UpdateDestination$).input, input)
    if (input.DestinationId !== DESTINATION_ID) throw refuse('DestinationId', `must be ${DESTINATION_ID}`)
    const name = input.DeliveryStreamName!
    const { destination } = await clients.firehose.describeDeliveryStream({ name })
    await clients.firehose.updateDestination({
      name,
      versionId: input.CurrentDeliveryStreamVersionId!,
      destination: updatedDestination(input, destination),
    })
    return {}
  },
})

export const streams = {
  CreateDeliveryStream,
  DeleteDeliveryStream,
  DescribeDeliveryStream,
  ListDeliveryStreams,
  UpdateDestination,
}
