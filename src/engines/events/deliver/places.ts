import type { Clients } from '../../contract.ts'
import { BatchBuilder } from '../../kit/pure/batch.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { Destination } from '../contract.ts'
import { invalid } from '../errors.ts'
import { readPath } from './input.ts'
import { universal } from './universal.ts'

/** Engines in which targets are. */
export type TargetClients = Pick<Clients, 'functions' | 'stream' | 'firehose' | 'states' | 'gate'>

/** What is handed to a place. */
export interface Handed {
  readonly to: Destination
  readonly payload: string
  /** Its own id, the same at every attempt. */
  readonly id: string
  /** The event that matched. */
  readonly eventId?: string | undefined
}

export interface Place {
  /** What a schedule or a rule may have as its target. */
  readonly for: readonly ('rule' | 'schedule')[]
  /** Refuses what it could never take. */
  check?(clients: TargetClients, to: Destination, from: 'rule' | 'schedule'): void | Promise<void>
  /** Answers with the id of what has begun, once the place has taken it. Throws the place's own error. */
  deliver(clients: TargetClients, handed: Handed, name: string): Promise<string | undefined>
}

const encode = (text: string) => new TextEncoder().encode(text)

const lambda: Place = {
  for: ['rule', 'schedule'],
  async deliver({ functions }, { payload }, name) {
    return (await functions.invokeAsync({ name, payload: encode(payload) })).requestId
  },
}

const dataStream: Place = {
  for: ['rule', 'schedule'],
  check(_clients, { partitionKey, partitionKeyPath }, from) {
    if (from === 'schedule' && !partitionKey)
      throw invalid('KinesisParameters.PartitionKey is required for a Kinesis target.', 'Target')
    if (partitionKeyPath !== undefined) readPath(partitionKeyPath)
  },
  async deliver({ stream }, { to, payload, id, eventId }, name) {
    const batch = new BatchBuilder()
    batch.add(to.partitionKey ?? eventId ?? id, payload)
    const { failed, refusals = {} } = await stream.put({ stream: name, batch: batch.finish() })
    if (failed === 0) return undefined
    const [refusal] = Object.values(refusals)
    if (refusal) throw EngineError.fromWire(refusal)
    throw new EngineError('ProvisionedThroughputExceededException', 'The shard has no room left.', { retry: true })
  },
}

const deliveryStream: Place = {
  for: ['rule', 'schedule'],
  async deliver({ firehose }, { payload }, name) {
    const batch = new BatchBuilder()
    batch.add('', payload)
    const { accepted } = await firehose.put({ name, batch: batch.finish() })
    if (accepted === 0) throw new EngineError('ServiceUnavailableException', 'Slow down.', { retry: true })
    return undefined
  },
}

const jobQueue: Place = {
  for: ['rule'],
  check(_clients, { batch }) {
    if (!batch) throw invalid('BatchParameters is required for a Batch job queue target.', 'Targets')
  },
  async deliver({ gate }, { to, payload }) {
    const { definition, name, arraySize, attempts } = to.batch!
    // Batch user guide, "Passing event information to a Batch target": the rest of an event means nothing to a job.
    const { Parameters, ContainerOverrides } = JSON.parse(payload) ?? {}
    const input = JSON.stringify({
      JobName: name,
      JobQueue: to.arn,
      JobDefinition: definition,
      Parameters,
      ContainerOverrides,
      ...(arraySize !== undefined && { ArrayProperties: { Size: arraySize } }),
      ...(attempts !== undefined && { RetryStrategy: { Attempts: attempts } }),
    })
    return (await gate.invoke({ service: 'batch', operation: 'SubmitJob', input })).output
  },
}

const stateMachine: Place = {
  for: ['rule', 'schedule'],
  async deliver({ states }, { to, payload, id, eventId = 'schedule' }) {
    // By its name an execution is begun once, however often it is tried.
    const name = `${eventId}_${id}`
    try {
      return (await states.start({ machineArn: to.arn, name, input: payload })).executionArn
    } catch (thrown) {
      if (EngineError.from(thrown).code === 'ExecutionAlreadyExists') return name
      throw thrown
    }
  },
}

const KINDS: readonly [RegExp, Place][] = [
  [/^arn:aws:lambda:[\w-]+:\d{12}:function:([\w-]+(?::[\w$-]+)?)$/, lambda],
  [/^arn:aws:kinesis:[\w-]+:\d{12}:stream\/([\w.-]+)$/, dataStream],
  [/^arn:aws:firehose:[\w-]+:\d{12}:deliverystream\/([\w.-]+)$/, deliveryStream],
  [/^arn:aws:states:[\w-]+:\d{12}:stateMachine:([\w-]+(?::[\w-]+)?)$/, stateMachine],
  [/^arn:aws:batch:[\w-]+:\d{12}:job-queue\/([\w-]+)$/, jobQueue],
  [/^arn:aws:scheduler:::aws-sdk:(\w+:\w+)$/, universal],
]

/** The place of an ARN; undefined where Millrace has none there. Buses and API destinations are the engine's own, and not among them. */
export function placeOf(arn: string): { place: Place; name: string } | undefined {
  for (const [pattern, place] of KINDS) {
    const name = pattern.exec(arn)?.[1]
    if (name !== undefined) return { place, name }
  }
  return undefined
}

/** Refuses a target that is in no place of Millrace, or that its place could never take. */
export async function checkPlace(clients: TargetClients, to: Destination, from: 'rule' | 'schedule'): Promise<void> {
  if (/^arn:aws:sqs:/.test(to.arn))
    throw invalid(`Millrace does not support queues of SQS as targets: ${to.arn}.`, 'Targets')
  const found = placeOf(to.arn)
  if (!found?.place.for.includes(from))
    throw invalid(`Parameter ${to.arn} is not valid. Reason: Provided Arn is not in correct format.`, 'Targets')
  await found.place.check?.(clients, to, from)
}

export const busOf = (arn: string): string | undefined =>
  /^arn:aws:events:[\w-]+:\d{12}:event-bus\/([\w./-]+)$/.exec(arn)?.[1]

/** The name of an API destination. */
export const apiDestinationOf = (arn: string): string | undefined =>
  /^arn:aws:events:[\w-]+:\d{12}:api-destination\/([.\-_A-Za-z0-9]+)\/[\w-]+$/.exec(arn)?.[1]
