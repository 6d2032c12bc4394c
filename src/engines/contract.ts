import { athena } from './athena/contract.ts'
import { batch } from './batch/contract.ts'
import { bi } from './bi/contract.ts'
import { catalog } from './catalog/contract.ts'
import { cloudwatch } from './cloudwatch/contract.ts'
import { dynamodb } from './dynamodb/contract.ts'
import { emr } from './emr/contract.ts'
import { events } from './events/contract.ts'
import { firehose } from './firehose/contract.ts'
import { functions } from './functions/contract.ts'
import { gate } from './gate/contract.ts'
import { hdfs } from './hdfs/contract.ts'
import { ingest } from './ingest/contract.ts'
import type { ContractClient } from './kit/pure/contract.ts'
import { lake } from './lake/contract.ts'
import { mapreduce } from './mapreduce/contract.ts'
import { pipeline } from './pipeline/contract.ts'
import { quality } from './quality/contract.ts'
import { results } from './results/contract.ts'
import { states } from './states/contract.ts'
import { stream } from './stream/contract.ts'
import { system } from './system/contract.ts'
import { warehouse } from './warehouse/contract.ts'
import { workspace } from './workspace/contract.ts'

/** All that Millrace offers. The order gives verbs their numbers on the wire, so both ends must be of one build. */
export const contracts = {
  system,
  workspace,
  stream,
  firehose,
  lake,
  catalog,
  athena,
  quality,
  warehouse,
  results,
  bi,
  pipeline,
  dynamodb,
  cloudwatch,
  functions,
  ingest,
  hdfs,
  batch,
  mapreduce,
  events,
  states,
  emr,
  gate,
} as const

export type Contracts = typeof contracts
export type EngineName = Exclude<keyof Contracts, 'system'>
export type Clients = { readonly [K in keyof Contracts]: ContractClient<Contracts[K]> }
