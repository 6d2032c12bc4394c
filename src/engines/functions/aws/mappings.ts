import {
  CreateEventSourceMapping$,
  type CreateEventSourceMappingRequest,
  DeleteEventSourceMapping$,
  type DeleteEventSourceMappingRequest,
  type EventSourceMappingConfiguration,
  GetEventSourceMapping$,
  type GetEventSourceMappingRequest,
  ListEventSourceMappings$,
  type ListEventSourceMappingsRequest,
  type ListEventSourceMappingsResponse,
  UpdateEventSourceMapping$,
  type UpdateEventSourceMappingRequest,
} from '@aws-sdk/client-lambda'
import { arn } from '../../kit/pure/ids.ts'
import type { MappingInfo, MappingSettings } from '../contract.ts'
import { functionArn, invalid } from '../errors.ts'
import { streamArn } from '../mapping/records.ts'
import { notHonoured, operation, pageOf, refOf, requireHonoured } from './common.ts'

const SETTINGS = [
  'BatchSize',
  'BisectBatchOnFunctionError',
  'DestinationConfig',
  'Enabled',
  'FilterCriteria',
  'FunctionName',
  'FunctionResponseTypes',
  'MaximumBatchingWindowInSeconds',
  'MaximumRecordAgeInSeconds',
  'MaximumRetryAttempts',
  'ParallelizationFactor',
  'TumblingWindowInSeconds',
] as const
const LIMITS = {
  BatchSize: { range: [1, 10_000] },
  MaximumBatchingWindowInSeconds: { range: [0, 300] },
  MaximumRecordAgeInSeconds: { range: [-1, 604_800] },
  MaximumRetryAttempts: { range: [-1, 10_000] },
  ParallelizationFactor: { range: [1, 10] },
  TumblingWindowInSeconds: { range: [0, 900] },
} as const

const CreateEventSourceMapping = operation<CreateEventSourceMappingRequest, EventSourceMappingConfiguration>({
  schema: CreateEventSourceMapping$,
  constraints: { ...LIMITS, StartingPosition: { values: ['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'] } },
  async run(input, { clients }) {
    requireHonoured(input, [...SETTINGS, 'EventSourceArn', 'StartingPosition', 'StartingPositionTimestamp'])
    const stream = /^arn:aws:kinesis:[a-z0-9-]+:\d{12}:stream\/([a-zA-Z0-9_.-]+)$/.exec(input.EventSourceArn ?? '')?.[1]
    if (!stream)
      throw invalid(
        'Millrace reads events from Kinesis data streams alone: EventSourceArn must be arn:aws:kinesis:region:account:stream/name.',
        'EventSourceArn',
      )
    const mapping = await clients.functions.createMapping({
      ...settingsOf(input),
      function: refOf(input.FunctionName),
      stream,
      position: positionOf(input),
    })
    return { ...describe(mapping), State: mapping.enabled ? 'Creating' : 'Disabled' }
  },
})

const UpdateEventSourceMapping = operation<UpdateEventSourceMappingRequest, EventSourceMappingConfiguration>({
  schema: UpdateEventSourceMapping$,
  constraints: LIMITS,
  async run(input, { clients }) {
    requireHonoured(input, [...SETTINGS, 'UUID'])
    const mapping = await clients.functions.updateMapping({ uuid: input.UUID!, settings: settingsOf(input) })
    return { ...describe(mapping), State: 'Updating' }
  },
})

const DeleteEventSourceMapping = operation<DeleteEventSourceMappingRequest, EventSourceMappingConfiguration>({
  schema: DeleteEventSourceMapping$,
  async run({ UUID }, { clients }) {
    return { ...describe(await clients.functions.deleteMapping({ uuid: UUID! })), State: 'Deleting' }
  },
})

const GetEventSourceMapping = operation<GetEventSourceMappingRequest, EventSourceMappingConfiguration>({
  schema: GetEventSourceMapping$,
  async run({ UUID }, { clients }) {
    return describe(await clients.functions.describeMapping({ uuid: UUID! }))
  },
})

const ListEventSourceMappings = operation<ListEventSourceMappingsRequest, ListEventSourceMappingsResponse>({
  schema: ListEventSourceMappings$,
  constraints: { MaxItems: { range: [1, 10_000] } },
  async run({ EventSourceArn, FunctionName, Marker, MaxItems = 100 }, { clients }) {
    const name = FunctionName && refOf(FunctionName)
    const all = (await clients.functions.listMappings({})).filter(
      (mapping) =>
        (!name || mapping.function === name) && (!EventSourceArn || streamArn(mapping.stream) === EventSourceArn),
    )
    const { items, NextMarker } = pageOf(all, Marker, Math.min(MaxItems, 100))
    return { EventSourceMappings: items.map(describe), NextMarker }
  },
})

export const mappingOperations = {
  CreateEventSourceMapping,
  DeleteEventSourceMapping,
  GetEventSourceMapping,
  ListEventSourceMappings,
  UpdateEventSourceMapping,
}

type Input = CreateEventSourceMappingRequest | UpdateEventSourceMappingRequest

function settingsOf(input: Input): Partial<MappingSettings> {
  const given = {
    function: input.FunctionName && refOf(input.FunctionName),
    enabled: input.Enabled,
    batchSize: input.BatchSize,
    windowS: input.MaximumBatchingWindowInSeconds,
    parallelization: input.ParallelizationFactor,
    bisect: input.BisectBatchOnFunctionError,
    retryAttempts: input.MaximumRetryAttempts,
    recordAgeS: ageOf(input.MaximumRecordAgeInSeconds),
    reportItemFailures: input.FunctionResponseTypes?.includes('ReportBatchItemFailures'),
    filters: input.FilterCriteria && patternsOf(input.FilterCriteria),
    tumblingS: input.TumblingWindowInSeconds,
    failureBucket: input.DestinationConfig && bucketOf(input.DestinationConfig),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function patternsOf({ Filters = [] }: NonNullable<Input['FilterCriteria']>): string[] {
  if (Filters.length > 5)
    throw invalid(
      "1 validation error detected: Value at 'filterCriteria.filters' failed to satisfy constraint: Member must have length less than or equal to 5",
      'FilterCriteria',
    )
  return Filters.map(({ Pattern = '{}' }) => Pattern)
}

function ageOf(seconds: number | undefined): number | undefined {
  if (seconds !== undefined && seconds >= 0 && seconds < 60)
    throw invalid('MaximumRecordAgeInSeconds must be -1, or at least 60.', 'MaximumRecordAgeInSeconds')
  return seconds
}

function bucketOf({ OnFailure, OnSuccess }: NonNullable<Input['DestinationConfig']>): string | null {
  if (OnSuccess?.Destination) throw notHonoured('DestinationConfig.OnSuccess')
  const destination = OnFailure?.Destination
  if (!destination) return null
  const bucket = /^arn:aws:s3:::([a-z0-9.-]+)$/.exec(destination)?.[1]
  if (!bucket) throw notHonoured(`the on-failure destination ${destination}: it must be the ARN of a bucket`)
  return bucket
}

function positionOf({ StartingPosition, StartingPositionTimestamp }: CreateEventSourceMappingRequest) {
  if (StartingPosition === 'AT_TIMESTAMP') {
    if (!StartingPositionTimestamp)
      throw invalid('1 validation error detected: StartingPositionTimestamp is required with AT_TIMESTAMP.')
    return { type: StartingPosition, timestampMs: StartingPositionTimestamp.getTime() }
  }
  if (StartingPositionTimestamp) throw invalid('StartingPositionTimestamp is for AT_TIMESTAMP.')
  if (!StartingPosition)
    throw invalid(
      "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
      'StartingPosition',
    )
  return { type: StartingPosition }
}

function describe(mapping: MappingInfo): EventSourceMappingConfiguration {
  const { position, failureBucket } = mapping
  return {
    UUID: mapping.uuid,
    EventSourceMappingArn: arn('lambda', `event-source-mapping:${mapping.uuid}`),
    EventSourceArn: streamArn(mapping.stream),
    FunctionArn: functionArn(mapping.function),
    State: mapping.state,
    StateTransitionReason: 'User action',
    LastModified: new Date(mapping.modifiedMs),
    LastProcessingResult: mapping.lastResult,
    StartingPosition: position.type,
    ...(position.type === 'AT_TIMESTAMP' && { StartingPositionTimestamp: new Date(position.timestampMs) }),
    BatchSize: mapping.batchSize,
    MaximumBatchingWindowInSeconds: mapping.windowS,
    ParallelizationFactor: mapping.parallelization,
    BisectBatchOnFunctionError: mapping.bisect,
    MaximumRetryAttempts: mapping.retryAttempts,
    MaximumRecordAgeInSeconds: mapping.recordAgeS,
    TumblingWindowInSeconds: mapping.tumblingS,
    ...(mapping.filters.length > 0 && { FilterCriteria: { Filters: mapping.filters.map((Pattern) => ({ Pattern })) } }),
    FunctionResponseTypes: mapping.reportItemFailures ? ['ReportBatchItemFailures'] : [],
    DestinationConfig: { OnFailure: failureBucket === null ? {} : { Destination: `arn:aws:s3:::${failureBucket}` } },
  }
}
