import type { WarmThroughputObject } from '@aws-sdk/client-kinesis'
import { EngineError } from '../../kit/pure/errors.ts'
import { ACCOUNT_ID } from '../../kit/pure/ids.ts'
import type { RegisteredConsumer, StreamSummary } from '../contract.ts'
import { invalidArgument, type StreamClients } from './common.ts'

/** What an ARN of this service names: a stream, or a consumer registered with one. */
export interface Resource {
  readonly stream: string
  readonly consumer?: string
}

export function parseArn(arn: string): Resource {
  const [, stream, consumer] = /:stream\/([^/]+)(?:\/consumer\/([^/:]+):\d+)?$/.exec(arn) ?? []
  if (stream === undefined) throw invalidArgument(`The ARN ${arn} names neither a stream nor a consumer.`)
  return { stream, ...(consumer !== undefined && { consumer }) }
}

/** The consumer with this very ARN: one that was registered again under the same name has another. */
export async function consumerByArn(
  clients: StreamClients,
  arn: string,
): Promise<{ stream: string; consumer: RegisteredConsumer }> {
  const { stream } = parseArn(arn)
  const found = (await consumersOf(clients, stream)).find((consumer) => consumer.arn === arn)
  if (!found) throw consumerNotFound(arn)
  return { stream, consumer: found }
}

/** By ARN, or by the stream's ARN and the consumer's name, or by all three where they agree. */
export async function namedConsumer(
  clients: StreamClients,
  input: { StreamARN?: string; ConsumerName?: string; ConsumerARN?: string },
): Promise<{ stream: string; consumer: RegisteredConsumer }> {
  const { StreamARN, ConsumerName, ConsumerARN } = input
  if (ConsumerARN === undefined && (StreamARN === undefined || ConsumerName === undefined))
    throw invalidArgument('Either ConsumerARN or both StreamARN and ConsumerName must be provided.')
  if (ConsumerARN === undefined) {
    const { stream } = parseArn(StreamARN!)
    const consumer = (await consumersOf(clients, stream)).find(({ name }) => name === ConsumerName)
    if (!consumer) throw consumerNotFound(ConsumerName!)
    return { stream, consumer }
  }
  const { stream, consumer } = parseArn(ConsumerARN)
  const agree =
    (StreamARN === undefined || parseArn(StreamARN).stream === stream) &&
    (ConsumerName === undefined || ConsumerName === consumer)
  if (!agree) throw invalidArgument(`ConsumerARN ${ConsumerARN} conflicts with the given StreamARN or ConsumerName.`)
  return consumerByArn(clients, ConsumerARN)
}

/** None where the stream is not there: it is the consumer that was asked for. */
async function consumersOf(clients: StreamClients, stream: string): Promise<readonly RegisteredConsumer[]> {
  try {
    return await clients.stream.registeredConsumers({ stream })
  } catch (thrown) {
    if ((thrown as EngineError).code === 'ResourceNotFoundException') return []
    throw thrown
  }
}

function consumerNotFound(what: string): EngineError {
  return new EngineError('ResourceNotFoundException', `Consumer ${what} under account ${ACCOUNT_ID} not found.`)
}

/** An on-demand stream's warm throughput: a shard takes a MiB a second. */
export function warmThroughputOf({ warmMiBps, openShardCount }: StreamSummary): WarmThroughputObject {
  return { TargetMiBps: warmMiBps, CurrentMiBps: openShardCount }
}

/** The service writes whole seconds. */
export function wholeSeconds(timeMs: number): Date {
  return new Date(Math.floor(timeMs / 1000) * 1000)
}
