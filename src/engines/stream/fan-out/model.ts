import { EngineError } from '../../kit/pure/errors.ts'
import { ACCOUNT_ID } from '../../kit/pure/ids.ts'
import type { RegisteredConsumer as Described } from '../contract.ts'
import { type StreamState, streamArn } from '../model.ts'

/** A consumer registered for enhanced fan-out. It belongs to one stream, by the stream's id. */
export interface RegisteredConsumer {
  readonly stream: string
  readonly name: string
  readonly status: 'CREATING' | 'ACTIVE' | 'DELETING'
  readonly createdMs: number
  readonly tags: Readonly<Record<string, string>>
  readonly policy?: string
}

const CONSUMERS_MAX = 20
/** On-demand streams of an account that has committed itself to a minimum of throughput ("On-demand Advantage"). */
const CONSUMERS_MAX_ADVANTAGE = 50
const CREATING_MAX = 5

export interface Registration {
  readonly stream: StreamState
  readonly name: string
  readonly tags: Readonly<Record<string, string>>
  readonly nowMs: number
  /** Those of the stream. */
  readonly present: readonly RegisteredConsumer[]
  /** How many of all streams are being created. */
  readonly creating: number
  readonly advantage: boolean
}

export function register(registration: Registration): RegisteredConsumer {
  const { stream, name, tags, nowMs, present, creating, advantage } = registration
  if (!/^[a-zA-Z0-9_.-]{1,128}$/.test(name))
    throw new EngineError(
      'ValidationException',
      `1 validation error detected: Value '${name}' at 'consumerName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+`,
    )
  if (stream.status !== 'ACTIVE' && stream.status !== 'UPDATING')
    throw inUse(`Stream ${stream.name} under account ${ACCOUNT_ID} not ACTIVE, instead in state ${stream.status}`)
  if (present.some((consumer) => consumer.name === name))
    throw inUse(`Consumer ${name} under stream ${stream.name} and account ${ACCOUNT_ID} already exists.`)
  const most = advantage && stream.mode === 'ON_DEMAND' ? CONSUMERS_MAX_ADVANTAGE : CONSUMERS_MAX
  if (present.length >= most)
    throw limitExceeded(
      `Stream ${stream.name} under account ${ACCOUNT_ID} has ${present.length} registered consumers; it cannot have more than ${most}.`,
    )
  if (creating >= CREATING_MAX)
    throw limitExceeded(
      `${creating} consumers under account ${ACCOUNT_ID} are in status CREATING; no more than ${CREATING_MAX} can be created at the same time.`,
    )
  return { stream: stream.id, name, status: 'CREATING', createdMs: nowMs, tags }
}

export function mustBeActiveConsumer(consumer: RegisteredConsumer, stream: string): void {
  if (consumer.status === 'ACTIVE') return
  throw inUse(
    `Consumer ${consumer.name} with creation timestamp ${seconds(consumer)} under stream ${stream} and account ${ACCOUNT_ID} is not in ACTIVE status.`,
  )
}

export function consumerNotFound(name: string, stream: string): EngineError {
  return new EngineError(
    'ResourceNotFoundException',
    `Consumer ${name} under stream ${stream} and account ${ACCOUNT_ID} not found.`,
  )
}

export function describeConsumer(consumer: RegisteredConsumer, stream: StreamState): Described {
  const { name, status, createdMs, tags, policy } = consumer
  return {
    name,
    arn: `${streamArn(stream.name)}/consumer/${name}:${seconds(consumer)}`,
    streamArn: streamArn(stream.name),
    status,
    createdMs,
    tags: { ...tags },
    ...(policy !== undefined && { policy }),
  }
}

function seconds({ createdMs }: RegisteredConsumer): number {
  return Math.floor(createdMs / 1000)
}

function inUse(message: string): EngineError {
  return new EngineError('ResourceInUseException', message, { retry: true })
}

function limitExceeded(message: string): EngineError {
  return new EngineError('LimitExceededException', message)
}
