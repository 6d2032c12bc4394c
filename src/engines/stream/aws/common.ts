import type { Clients } from '../../contract.ts'
import { operationsOf } from '../../kit/node/aws/service.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { ACCOUNT_ID } from '../../kit/pure/ids.ts'
import { shardIdOf } from '../sequence.ts'

export type StreamClients = Pick<Clients, 'stream'>
export const operation = operationsOf<StreamClients>()

const STREAM_NAME = { length: [1, 128], pattern: /[a-zA-Z0-9_.-]+/ } as const
const STREAM_ARN = { length: [1, 2048], pattern: /arn:aws.*:kinesis:.*:\d{12}:stream\/\S+/ } as const
/** `stream/<stream>/consumer/<consumer>:<seconds of its creation>` */
export const CONSUMER_ARN = {
  length: [1, 2048],
  pattern: /(arn):aws.*:kinesis:.*:\d{12}:.*stream\/[a-zA-Z0-9_.-]+\/consumer\/[a-zA-Z0-9_.-]+:[0-9]+/,
} as const
export const RESOURCE_ARN = { length: [1, 2048], pattern: /arn:aws.*:kinesis:.*:\d{12}:.*stream\/\S+/ } as const
export const STRATEGY = { values: ['AUTO', 'USER_PARTITION_KEY'] } as const
export const WARM_THROUGHPUT = { range: [0, null] } as const
export const CONSUMER_NAME = { length: [1, 128], pattern: /[a-zA-Z0-9_.-]+/ } as const
export const TAGS = {
  Tags: { length: [1, 200] },
  'Tags.key': { length: [1, 128] },
  'Tags.value': { length: [0, 256] },
} as const
export const SHARD_ID = { length: [1, 128], pattern: /[a-zA-Z0-9_.-]+/ } as const
export const HASH_KEY = { pattern: /0|([1-9]\d{0,38})/ } as const
export const SEQUENCE_NUMBER = { pattern: /0|([1-9]\d{0,128})/ } as const
export const NEXT_TOKEN = { length: [1, 1048576] } as const

/** Constraints of the members that name a stream. */
export const NAMING = { StreamName: STREAM_NAME, StreamARN: STREAM_ARN } as const

interface Naming {
  StreamName?: string
  StreamARN?: string
}

/** A stream's name, out of either member. Name and ARN may both be given if they agree. */
export function nameOf({ StreamName, StreamARN }: Naming): string {
  const fromArn = StreamARN?.slice(StreamARN.indexOf(':stream/') + ':stream/'.length)
  const name = StreamName ?? fromArn
  if (name === undefined) throw invalidArgument('Either StreamName or StreamARN must be provided.')
  if (fromArn !== undefined && fromArn !== name)
    throw invalidArgument(`StreamName ${name} and StreamARN ${StreamARN} name different streams.`)
  return name
}

/** Refuses members that Millrace does not honour, so that nobody relies on them. */
export function refuse<T extends object>(input: T, ...members: (keyof T & string)[]): void {
  for (const member of members) {
    const value = input[member]
    if (value !== undefined && value !== false)
      throw invalidArgument(`Millrace does not offer ${member} of this operation.`)
  }
}

/** The service takes any name that ends in a number for a shard: `shard-0`, `0`. */
export function resolveShardId(text: string, stream: string): string {
  const index = Number(/^(?:.*-)?(\d+)$/.exec(text)?.[1] ?? Number.NaN)
  if (!(index <= 0x7fffffff)) {
    throw new EngineError(
      'ResourceNotFoundException',
      `Could not find shard ${text} in stream ${stream} under account ${ACCOUNT_ID}.`,
    )
  }
  return shardIdOf(index)
}

export function invalidArgument(message: string): EngineError {
  return new EngineError('InvalidArgumentException', message)
}

/** What a request with DryRun is answered once it has been found good: nothing was done. */
export function dryRun(): EngineError {
  return new EngineError(
    'DryRunOperationException',
    'The request was rejected because the DryRun parameter was specified.',
  )
}
