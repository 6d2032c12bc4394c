import { z } from 'zod'
import { call, defineContract, feed, nothing } from '../kit/pure/contract.ts'

const Tags = z.record(z.string(), z.string()).default({})

export const DEFAULT_BUS = 'default'
export const DEFAULT_GROUP = 'default'

/** What is put on a bus. `detail` is the text of a JSON object, which is handed on as it is. */
export const EventInput = z.object({
  bus: z.string().default(DEFAULT_BUS),
  source: z.string(),
  detailType: z.string(),
  detail: z.string(),
  /** ARNs that the event is about. */
  resources: z.array(z.string()).default([]),
  /** Engine time; now unless told. */
  timeMs: z.number().optional(),
})
export type EventInput = z.infer<typeof EventInput>

export const PutResult = z.object({
  /** In the order of what was put: an id of what is taken, or why it is not. */
  entries: z.array(z.union([z.object({ eventId: z.string() }), z.object({ code: z.string(), message: z.string() })])),
})

export const RetryPolicy = z.object({
  attempts: z.number().int().min(0).max(185).default(185),
  ageS: z.number().int().min(60).max(86_400).default(86_400),
})
export type RetryPolicy = z.infer<typeof RetryPolicy>

export const BatchTarget = z.object({
  definition: z.string(),
  name: z.string(),
  arraySize: z.number().int().min(2).max(10_000).optional(),
  attempts: z.number().int().min(1).max(10).optional(),
})

/** Where something is delivered, and what the place needs to be told beside it. */
export const Destination = z.object({
  arn: z.string(),
  roleArn: z.string().optional(),
  retry: RetryPolicy.prefault({}),
  /** Of a job queue. */
  batch: BatchTarget.optional(),
  /** Of a data stream: the key itself (a schedule's), or where it is in the event (a rule's). */
  partitionKey: z.string().optional(),
  partitionKeyPath: z.string().optional(),
  /** Of an API destination: `path` fills the asterisks of its address, in order. */
  http: z
    .object({
      path: z.array(z.string()).default([]),
      headers: z.record(z.string(), z.string()).default({}),
      query: z.record(z.string(), z.string()).default({}),
    })
    .optional(),
  /** Of a bus that a schedule puts on. */
  event: z.object({ source: z.string(), detailType: z.string() }).optional(),
})
export type Destination = z.infer<typeof Destination>

export const Target = Destination.extend({
  id: z.string(),
  /** What is delivered in place of the event: a text, a part of it, or a template with parts of it. One at most. */
  input: z.string().optional(),
  inputPath: z.string().optional(),
  transformer: z.object({ paths: z.record(z.string(), z.string()), template: z.string() }).optional(),
})
export type Target = z.infer<typeof Target>

export const BusInput = z.object({ name: z.string(), description: z.string().optional(), tags: Tags })
export const Bus = BusInput.extend({ arn: z.string(), createdMs: z.number(), modifiedMs: z.number() })
export type Bus = z.infer<typeof Bus>

export const RuleInput = z.object({
  bus: z.string().default(DEFAULT_BUS),
  name: z.string(),
  /** JSON text of an event pattern. */
  pattern: z.string().optional(),
  /** `rate(…)` or `cron(…)`, in UTC. */
  schedule: z.string().optional(),
  enabled: z.boolean().default(true),
  description: z.string().optional(),
  roleArn: z.string().optional(),
  tags: Tags,
})
export const Rule = RuleInput.extend({
  arn: z.string(),
  createdMs: z.number(),
  targets: z.array(Target),
  /** When its schedule is due next. */
  nextMs: z.number().optional(),
})
export type Rule = z.infer<typeof Rule>

const HttpParameter = z.object({ key: z.string(), value: z.string(), secret: z.boolean() })
/** What every request of a connection has beside what it is for. */
const HttpParameters = z.object({
  headers: z.array(HttpParameter).default([]),
  query: z.array(HttpParameter).default([]),
  body: z.array(HttpParameter).default([]),
})

/** How an API is asked to let somebody in: a user and a password, a header with a key, or a token that `endpoint` gives for a client's secret. */
export const ConnectionInput = z.object({
  name: z.string(),
  description: z.string().optional(),
  auth: z.union([
    z.object({ kind: z.literal('BASIC'), user: z.string(), password: z.string() }),
    z.object({ kind: z.literal('API_KEY'), header: z.string(), value: z.string() }),
    z.object({
      kind: z.literal('OAUTH_CLIENT_CREDENTIALS'),
      client: z.string(),
      secret: z.string(),
      endpoint: z.string(),
      method: z.enum(['GET', 'POST', 'PUT']),
      http: HttpParameters.prefault({}),
    }),
  ]),
  http: HttpParameters.prefault({}),
})
export type ConnectionInput = z.infer<typeof ConnectionInput>
const Made = z.object({ arn: z.string(), createdMs: z.number(), modifiedMs: z.number() })
const ToldParameter = HttpParameter.omit({ value: true }).extend({ value: z.string().optional() })
const ToldParameters = z.object({
  headers: z.array(ToldParameter),
  query: z.array(ToldParameter),
  body: z.array(ToldParameter),
})
/** Without its secrets, which nobody is told again. */
export const Connection = ConnectionInput.extend(Made.shape).extend({
  auth: z.union([
    z.object({ kind: z.literal('BASIC'), user: z.string() }),
    z.object({ kind: z.literal('API_KEY'), header: z.string() }),
    z.object({
      kind: z.literal('OAUTH_CLIENT_CREDENTIALS'),
      client: z.string(),
      endpoint: z.string(),
      method: z.enum(['GET', 'POST', 'PUT']),
      http: ToldParameters,
    }),
  ]),
  http: ToldParameters,
})
export type Connection = z.infer<typeof Connection>

export const ApiDestinationInput = z.object({
  name: z.string(),
  description: z.string().optional(),
  connectionArn: z.string(),
  /** With `*` where a target has a path parameter. */
  endpoint: z.string(),
  method: z.enum(['POST', 'GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE']),
  ratePerSecond: z.number().int().min(1).default(300),
})
export type ApiDestinationInput = z.infer<typeof ApiDestinationInput>
export const ApiDestination = ApiDestinationInput.extend(Made.shape)
export type ApiDestination = z.infer<typeof ApiDestination>

export const ArchiveInput = z.object({
  name: z.string(),
  bus: z.string(),
  description: z.string().optional(),
  pattern: z.string().optional(),
  /** 0 keeps events for ever. */
  retentionDays: z.number().int().min(0).default(0),
})
export const Archive = ArchiveInput.extend({
  arn: z.string(),
  createdMs: z.number(),
  events: z.number().int(),
  bytes: z.number().int(),
})
export type Archive = z.infer<typeof Archive>

export const ReplayInput = z.object({
  name: z.string(),
  archive: z.string(),
  description: z.string().optional(),
  /** Of the events' own times; the end is not part of it. */
  startMs: z.number(),
  endMs: z.number(),
  /** Names of the rules that see the events; all of the bus where there are none. */
  rules: z.array(z.string()).default([]),
})
export const Replay = ReplayInput.extend({
  arn: z.string(),
  bus: z.string(),
  state: z.enum(['STARTING', 'RUNNING', 'CANCELLING', 'COMPLETED', 'CANCELLED', 'FAILED']),
  reason: z.string().optional(),
  startedMs: z.number(),
  endedMs: z.number().optional(),
  /** Time of the last event that was replayed. */
  lastEventMs: z.number().optional(),
  replayed: z.number().int(),
})
export type Replay = z.infer<typeof Replay>

export const ScheduleInput = z.object({
  group: z.string().default(DEFAULT_GROUP),
  name: z.string(),
  /** `at(…)`, `rate(…)` or `cron(…)`. */
  expression: z.string(),
  zone: z.string().default('UTC'),
  startMs: z.number().optional(),
  endMs: z.number().optional(),
  enabled: z.boolean().default(true),
  description: z.string().optional(),
  /** Minutes after its time within which it invokes its target; 0 is at its time. */
  windowMinutes: z.number().int().min(0).max(1440).default(0),
  afterCompletion: z.enum(['NONE', 'DELETE']).default('NONE'),
  target: Destination.extend({ input: z.string().optional() }),
})
export type ScheduleInput = z.infer<typeof ScheduleInput>
export const Schedule = ScheduleInput.extend({
  arn: z.string(),
  createdMs: z.number(),
  modifiedMs: z.number(),
  nextMs: z.number().optional(),
})
export type Schedule = z.infer<typeof Schedule>

export const ScheduleGroup = z.object({
  name: z.string(),
  arn: z.string(),
  tags: Tags,
  createdMs: z.number(),
  modifiedMs: z.number(),
})
export type ScheduleGroup = z.infer<typeof ScheduleGroup>

/** An event as it passed, with the rules that it matched. */
export const SeenEvent = z.object({
  id: z.string(),
  bus: z.string(),
  timeMs: z.number(),
  source: z.string(),
  detailType: z.string(),
  /** The whole event, JSON text. */
  event: z.string(),
  rules: z.array(z.string()),
})
export type SeenEvent = z.infer<typeof SeenEvent>

export const Delivery = z.object({
  id: z.number().int(),
  /** ARN of the rule or schedule. */
  from: z.string(),
  target: z.string(),
  /** Of a rule: the event that matched. */
  eventId: z.string().optional(),
  createdMs: z.number(),
  state: z.enum(['WAITING', 'DELIVERED', 'FAILED']),
  attempts: z.number().int(),
  /** When it is tried next, or when it ended. */
  atMs: z.number(),
  /** What the target answered last: an id, or why it did not take it. */
  outcome: z.string().optional(),
  payload: z.string(),
})
export type Delivery = z.infer<typeof Delivery>

/** What happened in a moment; `listsChanged` says to read rules, schedules and archives again. */
export const Activity = z.object({
  events: z.array(SeenEvent),
  deliveries: z.array(Delivery),
  listsChanged: z.boolean(),
})
export type Activity = z.infer<typeof Activity>

const aRule = z.object({ bus: z.string().default(DEFAULT_BUS), rule: z.string() })
const byName = z.object({ name: z.string() })
const aSchedule = z.object({ group: z.string().default(DEFAULT_GROUP), name: z.string() })

/** EventBridge and EventBridge Scheduler: events on buses, rules that match them, schedules, and deliveries to their targets. */
export const events = defineContract('events', {
  /** Answers once every event is on disk for each target whose rule it matches; each is then delivered at least once. */
  put: call(z.object({ entries: z.array(EventInput) }), PutResult),
  createBus: call(BusInput, Bus),
  updateBus: call(byName.extend({ description: z.string().optional() }), Bus),
  deleteBus: call(byName, nothing),
  listBuses: call(nothing, z.array(Bus)),
  /** Makes a rule, or changes it and leaves its targets. */
  putRule: call(RuleInput, Rule),
  enableRule: call(aRule.extend({ enabled: z.boolean() }), nothing),
  deleteRule: call(aRule, nothing),
  listRules: call(z.object({ bus: z.string().optional() }), z.array(Rule)),
  putTargets: call(aRule.extend({ targets: z.array(Target) }), nothing),
  removeTargets: call(aRule.extend({ ids: z.array(z.string()) }), z.object({ unknown: z.array(z.string()) })),
  testPattern: call(z.object({ pattern: z.string(), event: z.string() }), z.object({ matches: z.boolean() })),
  tag: call(z.object({ arn: z.string(), add: z.record(z.string(), z.string()), remove: z.array(z.string()) }), nothing),
  tagsOf: call(z.object({ arn: z.string() }), z.record(z.string(), z.string())),

  createConnection: call(ConnectionInput, Connection),
  updateConnection: call(ConnectionInput.partial().required({ name: true }), Connection),
  deleteConnection: call(z.object({ name: z.string() }), Connection),
  listConnections: call(nothing, z.array(Connection)),
  createApiDestination: call(ApiDestinationInput, ApiDestination),
  updateApiDestination: call(ApiDestinationInput.partial().required({ name: true }), ApiDestination),
  deleteApiDestination: call(z.object({ name: z.string() }), nothing),
  listApiDestinations: call(nothing, z.array(ApiDestination)),
  createArchive: call(ArchiveInput, Archive),
  updateArchive: call(ArchiveInput.omit({ bus: true }).partial().required({ name: true }), Archive),
  deleteArchive: call(byName, nothing),
  listArchives: call(nothing, z.array(Archive)),
  startReplay: call(ReplayInput, Replay),
  cancelReplay: call(byName, Replay),
  listReplays: call(nothing, z.array(Replay)),

  createSchedule: call(ScheduleInput, Schedule),
  updateSchedule: call(ScheduleInput, Schedule),
  deleteSchedule: call(aSchedule, nothing),
  listSchedules: call(nothing, z.array(Schedule)),
  createGroup: call(byName.extend({ tags: Tags }), ScheduleGroup),
  deleteGroup: call(byName, nothing),
  listGroups: call(nothing, z.array(ScheduleGroup)),
  /** The next times of an expression, before it is used. */
  previewSchedule: call(
    z.object({ expression: z.string(), zone: z.string().default('UTC'), count: z.number().int().min(1).max(50) }),
    z.object({ timesMs: z.array(z.number()) }),
  ),

  /** The last events and deliveries, then what happens from now on. */
  watch: feed(nothing, Activity),
})
