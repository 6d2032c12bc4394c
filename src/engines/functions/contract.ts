import { z } from 'zod'
import { bytes, call, defineContract, feed, nothing } from '../kit/pure/contract.ts'

/** Runtimes as Lambda names them. All `nodejs` run on Millrace's own Node, all `python3` on the machine's Python; `provided` is the program `bootstrap` among a function's files. */
export const RUNTIMES = [
  'nodejs18.x',
  'nodejs20.x',
  'nodejs22.x',
  'nodejs24.x',
  'python3.9',
  'python3.10',
  'python3.11',
  'python3.12',
  'python3.13',
  'python3.14',
  'provided.al2',
  'provided.al2023',
] as const
export const Runtime = z.enum(RUNTIMES)
export type Runtime = z.infer<typeof Runtime>

export const FunctionName = z.string().regex(/^[a-zA-Z0-9-_]{1,64}$/)
/** `NAME`, or `NAME:QUALIFIER`: a version, or an alias of one. */
export const FunctionRef = z.string().regex(/^[a-zA-Z0-9-_]{1,64}(?::(?:\$LATEST|[a-zA-Z0-9-_]{1,128}))?$/)
/** The version that can be changed. */
export const LATEST = '$LATEST'

export function splitRef(ref: string): { name: string; qualifier: string | undefined } {
  const [name, qualifier] = ref.split(':')
  return { name, qualifier }
}

const setting = {
  runtime: Runtime,
  /** `file.export` without the file's extension, such as `index.handler`. */
  handler: z.string().min(1).max(128),
  /** Real seconds of one invocation. */
  timeoutS: z.number().int().min(1).max(900),
  memoryMiB: z.number().int().min(128).max(10_240),
  description: z.string().max(256),
  environment: z.record(z.string(), z.string()),
  /** Kept and told again; nobody asks for a role on one machine. */
  roleArn: z.string(),
  tags: z.record(z.string(), z.string()),
  /** ARNs of layer versions, five at most: the files of a later one take the place of an earlier one's. */
  layers: z.array(z.string()),
}

export const FunctionSettings = z.object({
  ...setting,
  timeoutS: setting.timeoutS.default(3),
  memoryMiB: setting.memoryMiB.default(128),
  description: setting.description.default(''),
  environment: setting.environment.default({}),
  roleArn: setting.roleArn.default(''),
  tags: setting.tags.default({}),
  layers: setting.layers.default([]),
})
export type FunctionSettings = z.infer<typeof FunctionSettings>

export const FunctionInfo = FunctionSettings.extend({
  name: FunctionName,
  /** `$LATEST`, or a number. */
  version: z.string(),
  /** With the qualifier that it was asked for by. */
  arn: z.string(),
  modifiedMs: z.number(),
  revisionId: z.string(),
  /** Of the zip that it was made from, in base64; of its files once somebody has edited them. */
  codeSha256: z.string(),
  codeBytes: z.number().int(),
  /** By layer, in order. */
  layerBytes: z.array(z.number().int()),
  /** The folder of its code. */
  directory: z.string(),
})
export type FunctionInfo = z.infer<typeof FunctionInfo>

export const Alias = z.object({
  name: z.string().regex(/^(?!\d+$)[a-zA-Z0-9-_]{1,128}$/),
  version: z.string(),
  description: z.string().max(256),
  /** Another version that gets a share of the invocations, from 0 to 1. */
  additional: z.object({ version: z.string(), weight: z.number().min(0).max(1) }).nullable(),
  revisionId: z.string(),
})
export type Alias = z.infer<typeof Alias>
const aliasSettings = Alias.pick({ version: true, description: true, additional: true })

export const LayerSettings = z.object({
  description: z.string().max(256).default(''),
  /** What it says of itself; nothing is checked by it. */
  license: z.string().max(512).default(''),
  runtimes: z.array(z.string()).max(15).default([]),
  architectures: z.array(z.string()).max(2).default([]),
})
export type LayerSettings = z.infer<typeof LayerSettings>

export const LayerName = z.string().regex(/^[a-zA-Z0-9-_]{1,140}$/)
export const LayerVersion = LayerSettings.extend({
  name: LayerName,
  version: z.number().int(),
  arn: z.string(),
  createdMs: z.number(),
  /** Of the zip. */
  codeSha256: z.string(),
  /** Of its files. */
  bytes: z.number().int(),
  directory: z.string(),
})
export type LayerVersion = z.infer<typeof LayerVersion>

export const StartingPosition = z.discriminatedUnion('type', [
  z.object({ type: z.literal('TRIM_HORIZON') }),
  z.object({ type: z.literal('LATEST') }),
  z.object({ type: z.literal('AT_TIMESTAMP'), timestampMs: z.number() }),
])

const mappingSetting = {
  function: FunctionRef,
  enabled: z.boolean(),
  batchSize: z.number().int().min(1).max(10_000),
  /** Engine time. */
  windowS: z.number().int().min(0).max(300),
  parallelization: z.number().int().min(1).max(10),
  bisect: z.boolean(),
  retryAttempts: z.number().int().min(-1).max(10_000),
  recordAgeS: z.number().int().min(-1).max(604_800),
  reportItemFailures: z.boolean(),
  /** Event patterns, as JSON text: a record that matches none of them is passed over. */
  filters: z.array(z.string().max(4096)).max(5),
  /** Length of a tumbling window by arrival time; 0: invocations have no state. */
  tumblingS: z.number().int().min(0).max(900),
  /** Bucket of the lake that gets what was given up; without one it is thrown away, as at AWS. */
  failureBucket: z.string().nullable(),
}

/** What may be changed of an event source mapping. -1 stands for no limit, as in the API. */
export const MappingSettings = z.object({
  ...mappingSetting,
  enabled: mappingSetting.enabled.default(true),
  batchSize: mappingSetting.batchSize.default(100),
  windowS: mappingSetting.windowS.default(0),
  parallelization: mappingSetting.parallelization.default(1),
  bisect: mappingSetting.bisect.default(false),
  retryAttempts: mappingSetting.retryAttempts.default(-1),
  recordAgeS: mappingSetting.recordAgeS.default(-1),
  reportItemFailures: mappingSetting.reportItemFailures.default(false),
  filters: mappingSetting.filters.default([]),
  tumblingS: mappingSetting.tumblingS.default(0),
  failureBucket: mappingSetting.failureBucket.default(null),
})
export type MappingSettings = z.infer<typeof MappingSettings>

export const MappingInfo = MappingSettings.extend({
  uuid: z.string(),
  stream: z.string(),
  position: StartingPosition,
  modifiedMs: z.number(),
  state: z.enum(['Enabled', 'Disabled']),
  /** As the API tells it: `No records processed`, `OK`, or what went wrong. */
  lastResult: z.string(),
  /** Records that are read and not yet done with, and the age of the last record done with when it was. */
  pendingRecords: z.number().int(),
  iteratorAgeMs: z.number(),
  handledRecords: z.number().int(),
  discardedRecords: z.number().int(),
  /** Records that matched no filter. */
  filteredRecords: z.number().int(),
})
export type MappingInfo = z.infer<typeof MappingInfo>

export const InvokeResult = z.object({
  requestId: z.string(),
  /** The version that ran. */
  version: z.string(),
  /** JSON: what the handler answered, or `{ errorType, errorMessage, … }`. */
  payload: bytes(),
  failed: z.boolean(),
  /** Lines of this invocation, from START to REPORT. */
  log: z.string(),
  /** Real time of the handler. */
  durationMs: z.number(),
})
export type InvokeResult = z.infer<typeof InvokeResult>

const byName = z.object({ name: FunctionName })
const byRef = z.object({ name: FunctionRef })
const byAlias = byName.extend({ alias: z.string() })
const byId = z.object({ uuid: z.string() })

/** AWS Lambda: functions in child processes, and mappings that feed them from data streams. */
export const functions = defineContract('functions', {
  /** Of a zip, or of text files by their path. */
  createFunction: call(
    FunctionSettings.extend({
      name: FunctionName,
      code: z.union([z.object({ zip: bytes() }), z.object({ files: z.record(z.string(), z.string()) })]),
    }),
    FunctionInfo,
  ),
  updateCode: call(byName.extend({ zip: bytes(), revisionId: z.string().optional() }), FunctionInfo),
  updateSettings: call(
    byName.extend({ settings: z.object(setting).partial(), revisionId: z.string().optional() }),
    FunctionInfo,
  ),
  deleteFunction: call(byName, nothing),
  describeFunction: call(byRef, FunctionInfo),
  listFunctions: call(nothing, z.array(FunctionInfo)),
  /** Code files, text or not, by path in the function's folder. */
  listFiles: call(byRef, z.array(z.object({ path: z.string(), bytes: z.number().int() }))),
  readFile: call(byRef.extend({ path: z.string() }), z.object({ text: z.string(), revision: z.string() })),
  /** Fails with `Conflict` where the file is no longer the one of `revision`. */
  writeFile: call(
    byName.extend({ path: z.string(), text: z.string(), revision: z.string().optional() }),
    z.object({ revision: z.string() }),
  ),

  /** The version that was published last, where neither settings nor code have changed since. */
  publishVersion: call(
    byName.extend({
      description: z.string().max(256).optional(),
      codeSha256: z.string().optional(),
      revisionId: z.string().optional(),
    }),
    FunctionInfo,
  ),
  /** `$LATEST` first, then by number. */
  listVersions: call(byName, z.array(FunctionInfo)),
  deleteVersion: call(byName.extend({ version: z.string().regex(/^[1-9]\d*$/) }), nothing),
  createAlias: call(byName.extend({ alias: Alias.omit({ revisionId: true }) }), Alias),
  updateAlias: call(byAlias.extend({ settings: aliasSettings.partial(), revisionId: z.string().optional() }), Alias),
  deleteAlias: call(byAlias, nothing),
  describeAlias: call(byAlias, Alias),
  listAliases: call(byName, z.array(Alias)),

  publishLayer: call(LayerSettings.extend({ name: LayerName, zip: bytes() }), LayerVersion),
  /** All versions of all layers. */
  listLayers: call(nothing, z.array(LayerVersion)),
  /** Functions that have it keep it. */
  deleteLayer: call(z.object({ name: LayerName, version: z.number().int() }), nothing),

  /** Runs the function and waits for its answer. `payload` is JSON. */
  invoke: call(byRef.extend({ payload: bytes() }), InvokeResult),
  /** Keeps the event durably and answers; it is tried up to three times, for six hours at most. */
  invokeAsync: call(byRef.extend({ payload: bytes() }), z.object({ requestId: z.string() })),
  /** The last lines of a function's log. */
  readLog: call(byName.extend({ lines: z.number().int().positive().max(5000).default(500) }), z.array(z.string())),

  createMapping: call(MappingSettings.extend({ stream: z.string(), position: StartingPosition }), MappingInfo),
  updateMapping: call(byId.extend({ settings: z.object(mappingSetting).partial() }), MappingInfo),
  deleteMapping: call(byId, MappingInfo),
  describeMapping: call(byId, MappingInfo),
  listMappings: call(nothing, z.array(MappingInfo)),

  /** A function or a mapping changed, or did something: whoever shows it asks again. */
  watch: feed(nothing, z.object({ kind: z.enum(['function', 'mapping']), id: z.string() })),
})
