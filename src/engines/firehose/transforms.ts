import type { Clients } from '../contract.ts'
import type { Log } from '../kit/node/engine.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { arn } from '../kit/pure/ids.ts'
import type { Random } from '../kit/pure/random.ts'
import type { DeliveryStreamInfo, Transform as TransformConfig } from './contract.ts'
import { Transform } from './transform.ts'
import { CodeTransform } from './transform-code.ts'
import { FunctionTransform } from './transform-function.ts'
import { QueryTransform } from './transform-query.ts'

const MIB = 1024 * 1024

/** How much a transform gets at once, and how long that may take to come together (engine time). */
export interface Gathering {
  readonly records: number
  readonly bytes: number
  readonly intervalMs: number
}

export type TransformClients = Pick<Clients, 'functions' | 'athena'>

export function gatheringOf(config: TransformConfig): Gathering {
  if (config.language !== 'function') return { records: 500, bytes: MIB, intervalMs: 0 }
  return { records: 10_000, bytes: config.sizeInMBs * MIB, intervalMs: config.intervalInSeconds * 1000 }
}

/** What can be known to be wrong with a transform before it has records. */
export async function checkTransform(config: TransformConfig, clients: TransformClients): Promise<void> {
  if (config.language === 'javascript') return CodeTransform.check(config.code)
  if (config.language === 'sql') return QueryTransform.check(config.query, clients)
  try {
    await clients.functions.describeFunction({ name: config.function })
  } catch (thrown) {
    const { message } = EngineError.from(thrown)
    throw new EngineError('InvalidArgumentException', `Lambda.LambdaArn: ${message}`, {
      at: { field: 'transform.function' },
    })
  }
}

export function openTransform(
  config: TransformConfig,
  info: DeliveryStreamInfo,
  { clients, random, log }: { clients: TransformClients; random: Random; log: Log },
): Transform {
  const source = {
    deliveryStreamArn: info.arn,
    ...(info.sourceStream && { sourceStreamArn: arn('kinesis', `stream/${info.sourceStream}`) }),
  }
  switch (config.language) {
    case 'javascript':
      return new Transform(
        new CodeTransform({ ...source, ...config, onLog: (line) => log.info(`firehose ${info.name}: ${line}`) }),
      )
    case 'function': {
      const method = new FunctionTransform({ ...source, function: config.function, clients, random })
      return new Transform(method, config.retries)
    }
    case 'sql':
      return new Transform(new QueryTransform(config.query, clients))
  }
}
