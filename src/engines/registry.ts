import type { EngineName } from './contract.ts'
import type { EngineDefinition } from './define.ts'
import type { AwsService } from './kit/node/aws/service.ts'

/** A host is one worker thread. Engines on one host call each other directly. */
export const HOSTS = ['gate', 'control', 'stream', 'olap', 'compute'] as const
export type HostName = (typeof HOSTS)[number]

export interface AwsEntry {
  /** Service name in a signature's credential scope. */
  readonly signingName: string
  /** Prefix of X-Amz-Target, for the JSON protocols. */
  readonly target?: string
  /** Its operations run code: signatures are verified whatever the settings say. */
  readonly runsCode?: boolean
  /** Operations that tell secrets: their signatures are verified too. */
  readonly tellsSecrets?: readonly string[]
  readonly load: () => Promise<{ service: AwsService }>
}

export interface RegistryEntry {
  readonly host: HostName
  readonly load: () => Promise<{ engine: EngineDefinition }>
  /** One service, or several. Engines of one service have each a part of its table; the first describes it. */
  readonly aws?: AwsEntry | readonly AwsEntry[]
  /** The service's error for who asks too much; `ThrottlingException` unless told. */
  readonly throttling?: string
}

/** Every engine: where it lives, how it is loaded and which AWS service it answers as. */
export const registry: Record<EngineName, RegistryEntry> = {
  gate: { host: 'gate', load: () => import('./gate/engine.ts') },
  workspace: { host: 'control', load: () => import('./workspace/engine.ts') },
  lake: {
    host: 'control',
    load: () => import('./lake/engine.ts'),
    aws: { signingName: 's3', load: () => import('./lake/aws.ts') },
    throttling: 'SlowDown',
  },
  pipeline: { host: 'control', load: () => import('./pipeline/engine.ts') },
  ingest: { host: 'control', load: () => import('./ingest/engine.ts') },
  dynamodb: {
    host: 'control',
    load: () => import('./dynamodb/engine.ts'),
    aws: { signingName: 'dynamodb', target: 'DynamoDB_20120810', load: () => import('./dynamodb/aws.ts') },
    throttling: 'ProvisionedThroughputExceededException',
  },
  cloudwatch: {
    host: 'control',
    load: () => import('./cloudwatch/engine.ts'),
    aws: {
      signingName: 'monitoring',
      target: 'GraniteServiceVersion20100801',
      load: () => import('./cloudwatch/aws.ts'),
    },
  },
  functions: {
    host: 'control',
    load: () => import('./functions/engine.ts'),
    aws: { signingName: 'lambda', runsCode: true, load: () => import('./functions/aws.ts') },
  },
  events: {
    host: 'control',
    load: () => import('./events/engine.ts'),
    aws: [
      { signingName: 'events', target: 'AWSEvents', runsCode: true, load: () => import('./events/aws.ts') },
      { signingName: 'scheduler', runsCode: true, load: () => import('./events/aws-scheduler.ts') },
    ],
  },
  states: {
    host: 'control',
    load: () => import('./states/engine.ts'),
    aws: {
      signingName: 'states',
      target: 'AWSStepFunctions',
      runsCode: true,
      load: () => import('./states/aws.ts'),
    },
  },
  stream: {
    host: 'stream',
    load: () => import('./stream/engine.ts'),
    aws: { signingName: 'kinesis', target: 'Kinesis_20131202', load: () => import('./stream/aws.ts') },
    throttling: 'ProvisionedThroughputExceededException',
  },
  firehose: {
    host: 'stream',
    load: () => import('./firehose/engine.ts'),
    aws: { signingName: 'firehose', target: 'Firehose_20150804', load: () => import('./firehose/aws.ts') },
    throttling: 'ServiceUnavailableException',
  },
  catalog: {
    host: 'olap',
    load: () => import('./catalog/engine.ts'),
    aws: {
      signingName: 'glue',
      target: 'AWSGlue',
      tellsSecrets: ['GetConnection', 'GetConnections'],
      load: () => import('./catalog/aws.ts'),
    },
  },
  athena: {
    host: 'olap',
    load: () => import('./athena/engine.ts'),
    aws: { signingName: 'athena', target: 'AmazonAthena', load: () => import('./athena/aws.ts') },
    throttling: 'TooManyRequestsException',
  },
  quality: {
    host: 'olap',
    load: () => import('./quality/engine.ts'),
    aws: { signingName: 'glue', target: 'AWSGlue', load: () => import('./quality/aws.ts') },
  },
  warehouse: { host: 'olap', load: () => import('./warehouse/engine.ts') },
  results: { host: 'olap', load: () => import('./results/engine.ts') },
  bi: { host: 'olap', load: () => import('./bi/engine.ts') },
  hdfs: { host: 'compute', load: () => import('./hdfs/engine.ts') },
  batch: {
    host: 'compute',
    load: () => import('./batch/engine.ts'),
    aws: { signingName: 'batch', runsCode: true, load: () => import('./batch/aws.ts') },
  },
  mapreduce: { host: 'compute', load: () => import('./mapreduce/engine.ts') },
  emr: {
    host: 'compute',
    load: () => import('./emr/engine.ts'),
    aws: {
      signingName: 'elasticmapreduce',
      target: 'ElasticMapReduce',
      runsCode: true,
      load: () => import('./emr/aws.ts'),
    },
  },
}
