import {
  CreateDeliveryStream$,
  type CreateDeliveryStreamInput,
  type CreateDeliveryStreamOutput,
  DeleteDeliveryStream$,
  type DeleteDeliveryStreamInput,
  DescribeDeliveryStream$,
  type DescribeDeliveryStreamInput,
  type DescribeDeliveryStreamOutput,
  type ExtendedS3DestinationConfiguration,
  ListDeliveryStreams$,
  type ListDeliveryStreamsInput,
  type ListDeliveryStreamsOutput,
  PutRecord$,
  PutRecordBatch$,
  type PutRecordBatchInput,
  type PutRecordBatchOutput,
  type PutRecordInput,
  type PutRecordOutput,
  UpdateDestination$,
  type UpdateDestinationInput,
} from '@aws-sdk/client-firehose'
import type { Clients } from '../contract.ts'
import { defineService, operationsOf } from '../kit/node/aws/service.ts'
import { BatchBuilder } from '../kit/pure/batch.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { describeDestination, refuse, s3Destination } from './aws-destination.ts'
import { RECORD_BYTES_MAX } from './model.ts'
import { BATCH_BYTES_MAX, BATCH_RECORDS_MAX, readPutRecordBatch } from './put-body.ts'

const operation = operationsOf<Pick<Clients, 'firehose'>>()

const NAME = { length: [1, 64], pattern: /[a-zA-Z0-9_.-]+/ } as const
const DESTINATION_ID = 'destinationId-000000000001'

/** The one destination that a request may name; any other kind is refused by its member's name. */
function destinationOf(input: object, suffix: 'Configuration' | 'Update'): ExtendedS3DestinationConfiguration {
  const given = Object.entries(input).filter(
    ([name, value]) => name.endsWith(`Destination${suffix}`) && value !== undefined,
  )
  const other = given.find(([name]) => name !== `S3Destination${suffix}` && name !== `ExtendedS3Destination${suffix}`)
  if (other) throw refuse(other[0], 'is not supported by Millrace: it delivers to S3')
  if (given.length !== 1) throw refuse(`ExtendedS3Destination${suffix}`, 'must be given, and no other destination')
  return given[0][1] as ExtendedS3DestinationConfiguration
}

const CreateDeliveryStream = operation<CreateDeliveryStreamInput, CreateDeliveryStreamOutput>({
  schema: CreateDeliveryStream$,
  constraints: { DeliveryStreamName: NAME },
  async run(input, { clients }) {
    for (const field of [
      'MSKSourceConfiguration',
      'DatabaseSourceConfiguration',
      'DeliveryStreamEncryptionConfigurationInput',
      'DirectPutSourceConfiguration',
    ] as const) {
      if (input[field] !== undefined) throw refuse(field, 'is not supported by Millrace')
    }
    if (input.Tags?.length) throw refuse('Tags', 'is not supported by Millrace')
    const { DeliveryStreamType = 'DirectPut', KinesisStreamSourceConfiguration: source } = input
    if (DeliveryStreamType !== 'DirectPut' && DeliveryStreamType !== 'KinesisStreamAsSource') {
      throw refuse(`DeliveryStreamType ${DeliveryStreamType}`, 'is not supported by Millrace')
    }
    if ((DeliveryStreamType === 'KinesisStreamAsSource') !== (source !== undefined)) {
      throw refuse(
        'KinesisStreamSourceConfiguration',
        'must be given with the type KinesisStreamAsSource, and only then',
      )
    }
    const sourceStream = source && /:stream\/([^/]+)$/.exec(source.KinesisStreamARN ?? '')?.[1]
    if (source && !sourceStream) throw refuse('KinesisStreamARN', 'must be arn:aws:kinesis:region:account:stream/name')
    const { arn } = await clients.firehose.createDeliveryStream({
      name: input.DeliveryStreamName!,
      ...(sourceStream && { sourceStream }),
      destination: s3Destination(destinationOf(input, 'Configuration')),
    })
    return { DeliveryStreamARN: arn }
  },
})

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
  constraints: { DeliveryStreamName: NAME },
  async run({ DeliveryStreamName }, { clients, region }) {
    const info = await clients.firehose.describeDeliveryStream({ name: DeliveryStreamName! })
    const KinesisStreamARN = `arn:aws:kinesis:${region}:000000000000:stream/${info.sourceStream}`
    return {
      DeliveryStreamDescription: {
        DeliveryStreamName: info.name,
        DeliveryStreamARN: info.arn,
        DeliveryStreamStatus: info.status,
        DeliveryStreamType: info.sourceStream ? 'KinesisStreamAsSource' : 'DirectPut',
        VersionId: info.versionId,
        CreateTimestamp: new Date(info.createdMs),
        ...(info.sourceStream && {
          Source: {
            KinesisStreamSourceDescription: { KinesisStreamARN, DeliveryStartTimestamp: new Date(info.createdMs) },
          },
        }),
        Destinations: [
          { DestinationId: DESTINATION_ID, ExtendedS3DestinationDescription: describeDestination(info.destination) },
        ],
        HasMoreDestinations: false,
      },
    }
  },
})

const ListDeliveryStreams = operation<ListDeliveryStreamsInput, ListDeliveryStreamsOutput>({
  schema: ListDeliveryStreams$,
  constraints: { Limit: { range: [1, 10_000] } },
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
  constraints: { DeliveryStreamName: NAME },
  async run(input, { clients }) {
    if (input.DestinationId !== DESTINATION_ID) throw refuse('DestinationId', `must be ${DESTINATION_ID}`)
    const name = input.DeliveryStreamName!
    const update = destinationOf(input, 'Update') as ExtendedS3DestinationConfiguration & {
      S3BackupUpdate?: ExtendedS3DestinationConfiguration
    }
    const { destination } = await clients.firehose.describeDeliveryStream({ name })
    const { S3BackupDescription, ...known } = describeDestination(destination)
    // What an update leaves out stays as it is.
    const { S3BackupUpdate, ...changes } = update
    const backup =
      S3BackupUpdate ??
      (S3BackupDescription && { ...S3BackupDescription, BufferingHints: undefined, EncryptionConfiguration: undefined })
    const { ProcessingConfiguration, DynamicPartitioningConfiguration, ...rest } = known
    const merged = s3Destination({ ...rest, ...changes, ...(backup && { S3BackupConfiguration: backup }) })
    const keeps =
      changes.ProcessingConfiguration === undefined && changes.DynamicPartitioningConfiguration === undefined
    await clients.firehose.updateDestination({
      name,
      versionId: input.CurrentDeliveryStreamVersionId!,
      destination: {
        ...merged,
        ...(destination.transform && { transform: destination.transform }),
        ...(keeps && {
          appendDelimiter: destination.appendDelimiter && !merged.conversion,
          ...(destination.dynamicPartitioning && { dynamicPartitioning: destination.dynamicPartitioning }),
        }),
      },
    })
    return {}
  },
})

const PutRecord = operation<PutRecordInput, PutRecordOutput>({
  schema: PutRecord$,
  constraints: { DeliveryStreamName: NAME, 'Record.Data': { length: [0, RECORD_BYTES_MAX] } },
  async run({ DeliveryStreamName, Record: record }, { clients, requestId }) {
    const batch = new BatchBuilder()
    batch.add('', record!.Data!)
    await clients.firehose.put({ name: DeliveryStreamName!, batch: batch.finish() })
    return { RecordId: recordId(requestId, 0), Encrypted: false }
  },
})

const PutRecordBatch = operation<PutRecordBatchInput, PutRecordBatchOutput>({
  schema: PutRecordBatch$,
  constraints: {
    DeliveryStreamName: NAME,
    Records: { length: [1, BATCH_RECORDS_MAX] },
    'Records[].Data': { length: [0, RECORD_BYTES_MAX] },
  },
  async run({ DeliveryStreamName, Records }, { clients, requestId }) {
    const batch = new BatchBuilder()
    for (const { Data } of Records!) batch.add('', Data!)
    if (batch.dataBytes > BATCH_BYTES_MAX) throw refuse('Records', 'size exceeds 4 MB limit')
    await clients.firehose.put({ name: DeliveryStreamName!, batch: batch.finish() })
    return batchAnswer(requestId, Records!.length)
  },
  async raw({ body, encoding }, { clients, requestId }) {
    const read = encoding === 'json' ? readPutRecordBatch(body) : undefined
    if (!read) return undefined
    const { count } = read.batch
    await clients.firehose.put(read)
    return JSON.stringify(batchAnswer(requestId, count))
  },
})

/** A batch is acknowledged as a whole: it is on disk, or the request fails. */
function batchAnswer(requestId: string, count: number): PutRecordBatchOutput {
  const RequestResponses = Array.from({ length: count }, (_, i) => ({ RecordId: recordId(requestId, i) }))
  return { FailedPutCount: 0, Encrypted: false, RequestResponses }
}

/** Record ids are opaque at AWS; ours are unique by request and place. */
function recordId(requestId: string, index: number): string {
  return Buffer.from(`${requestId}/${index}`).toString('base64url')
}

/** Kinesis Data Firehose, API version 2015-08-04. What is not in the table is answered UnknownOperationException. */
export const service = defineService({
  name: 'Firehose',
  protocol: 'awsJson1_1',
  operations: {
    CreateDeliveryStream,
    DeleteDeliveryStream,
    DescribeDeliveryStream,
    ListDeliveryStreams,
    PutRecord,
    PutRecordBatch,
    UpdateDestination,
  },
  statuses: { ServiceUnavailableException: 503 },
  error: (error) =>
    error.code === 'StorageFull' || error.code === 'StorageFailure'
      ? new EngineError('ServiceUnavailableException', error.message, { domain: 'external', retry: true, cause: error })
      : error,
})
