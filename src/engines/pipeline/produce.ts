import type { z } from 'zod'
import type { Clients } from '../contract.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { RunState } from './contract.ts'
import { PIPELINE_FORMAT, type PipelineDocument } from './document.ts'
import type { DefinedNode } from './nodes/define.ts'
import { generator } from './nodes/generator.ts'
import { httpIngest } from './nodes/http-ingest.ts'
import { mqttIngest } from './nodes/mqtt-ingest.ts'
import { replay } from './nodes/replay.ts'
import { tail } from './nodes/tail.ts'

/** A way to put records into a stream without drawing a pipeline: a source node, with some of its settings given. */
export interface Producer {
  readonly name: 'clickstream' | 'iot' | 'log' | 'replay' | 'tail' | 'http' | 'mqtt'
  readonly title: string
  readonly summary: string
  readonly kind: DefinedNode
  /** What is left to set. */
  readonly settings: z.ZodObject
  readonly given: Readonly<Record<string, unknown>>
}

export const PRODUCERS: readonly Producer[] = [
  generating(
    'clickstream',
    'Clickstream',
    'Users who walk through a shop in sessions; now and then one buys.',
    'clickstream',
  ),
  generating(
    'iot',
    'IoT sensors',
    'Devices whose sensors follow the day, drift, fail and fall silent for a while.',
    'iot',
  ),
  generating(
    'log',
    'Application log',
    'Requests of services, with levels, and stack traces where one is in trouble.',
    'applog',
  ),
  ofNode('replay', replay),
  ofNode('tail', tail),
  ofNode('http', httpIngest),
  ofNode('mqtt', mqttIngest),
]

function ofNode(name: Producer['name'], kind: DefinedNode): Producer {
  return { name, title: kind.title, summary: kind.summary, kind, settings: kind.config, given: {} }
}

function generating(name: Producer['name'], title: string, summary: string, template: string): Producer {
  const settings = generator.config.omit({ template: true })
  return { name, title, summary, kind: generator, settings, given: { template } }
}

export interface ProduceRequest {
  readonly producer: Producer
  readonly settings: Readonly<Record<string, unknown>>
  readonly stream: string
  /** Of a stream that is not there yet. */
  readonly shards?: number
  readonly quotas?: boolean
}

type ProduceClients = Pick<Clients, 'pipeline' | 'stream' | 'system'>

/**
 * Starts a run of a pipeline of two nodes, which is kept in no file. A stream that exists stays as it is, and so does the clock.
 * Several producers may send into a stream at once.
 */
export async function startProducer(
  clients: ProduceClients,
  request: ProduceRequest,
): Promise<{ run: RunState; document: PipelineDocument }> {
  const document = await documentOf(clients, request)
  for (let number = 1; ; number++) {
    const path = `streams/${request.stream}/${request.producer.name}${number === 1 ? '' : `-${number}`}`
    try {
      return { run: await clients.pipeline.start({ path, document }), document }
    } catch (thrown) {
      if (EngineError.from(thrown).code !== 'RunInProgress') throw thrown
    }
  }
}

async function documentOf(clients: ProduceClients, request: ProduceRequest): Promise<PipelineDocument> {
  const { producer, settings, stream } = request
  const { clock } = await clients.system.status({})
  return {
    format: PIPELINE_FORMAT,
    name: `${producer.title} into ${stream}`,
    description: '',
    nodes: [
      {
        id: 'producer',
        kind: producer.kind.kind,
        version: producer.kind.version,
        title: producer.title,
        position: { x: 0, y: 0 },
        config: { ...settings, ...producer.given },
      },
      {
        id: 'stream',
        kind: 'stream',
        version: 1,
        title: stream,
        position: { x: 280, y: 0 },
        config: await streamConfig(clients, request),
      },
    ],
    wires: [{ id: 'records', from: { node: 'producer', port: 'out' }, to: { node: 'stream', port: 'in' } }],
    notes: [],
    groups: [],
    run: { clock: clock.mode, speed: clock.speed, seed: 'millrace' },
  }
}

async function streamConfig(clients: ProduceClients, request: ProduceRequest): Promise<Record<string, unknown>> {
  const { stream, shards, quotas } = request
  const known = (await clients.stream.listStreams({})).find(({ name }) => name === stream)
  if (!known) return { stream, ...(shards !== undefined && { shards }), ...(quotas !== undefined && { quotas }) }
  if (shards !== undefined || quotas !== undefined)
    throw new EngineError(
      'StreamExists',
      `The stream ${stream} is there already, with ${known.openShardCount} shards and quotas ${known.quotas ? 'on' : 'off'}: shards and quotas can be given for a new one only.`,
    )
  const { mode, durability, retentionHours } = known
  return { stream, mode, quotas: known.quotas, durability, retentionHours }
}
