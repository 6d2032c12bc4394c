import { z } from 'zod'
import { call, defineContract, feed, nothing } from '../kit/pure/contract.ts'

export const ROLES = ['MASTER', 'CORE', 'TASK'] as const
export const Role = z.enum(ROLES)
export type Role = z.infer<typeof Role>
export const Market = z.enum(['ON_DEMAND', 'SPOT'])
export type Market = z.infer<typeof Market>

export const CLUSTER_STATES = [
  'STARTING',
  'BOOTSTRAPPING',
  'RUNNING',
  'WAITING',
  'TERMINATING',
  'TERMINATED',
  'TERMINATED_WITH_ERRORS',
] as const
export const ClusterState = z.enum(CLUSTER_STATES)
export type ClusterState = z.infer<typeof ClusterState>
export const STEP_STATES = ['PENDING', 'RUNNING', 'COMPLETED', 'CANCELLED', 'FAILED', 'INTERRUPTED'] as const
export const StepState = z.enum(STEP_STATES)
export type StepState = z.infer<typeof StepState>

/** Why something is in its state, with the service's code where it has one. */
export const Reason = z.object({ code: z.string().optional(), message: z.string() })
export type Reason = z.infer<typeof Reason>

export const InstanceChoice = z.object({
  type: z.string(),
  /** Units of the fleet's capacity that one instance is. */
  weight: z.number().int().min(1).max(999).default(1),
  /** The most to pay for Spot, US dollars an hour, or percent of the on-demand price; 100 % unless told. */
  bidUsd: z.number().positive().optional(),
  bidPercent: z.number().positive().optional(),
  priority: z.number().min(0).optional(),
})
export type InstanceChoice = z.infer<typeof InstanceChoice>

/** There is no capacity to optimize for: of `capacity-optimized-prioritized` only the priorities are left. */
const Allocation = z.enum(['lowest-price', 'prioritized', 'capacity-optimized-prioritized'])
export type Allocation = z.infer<typeof Allocation>

/** An instance group is a fleet of one type, whose unit is the instance. */
export const GroupInput = z.object({
  name: z.string().optional(),
  role: Role,
  choices: z.array(InstanceChoice).min(1).max(30),
  /** Capacity that is wanted, in units. */
  onDemand: z.number().int().min(0).default(0),
  spot: z.number().int().min(0).default(0),
  /** Of a fleet: how a type is chosen for each market; by its price unless told. */
  allocation: z.object({ onDemand: Allocation.optional(), spot: Allocation.optional() }).default({}),
  /** Of a fleet: what is done where Spot capacity does not come in time. */
  spotTimeout: z
    .object({
      minutes: z.number().int().min(5).max(1440),
      action: z.enum(['SWITCH_TO_ON_DEMAND', 'TERMINATE_CLUSTER']),
    })
    .optional(),
})
export type GroupInput = z.infer<typeof GroupInput>

export const Group = GroupInput.extend({
  id: z.string(),
  state: z.enum(['PROVISIONING', 'BOOTSTRAPPING', 'RUNNING', 'RESIZING', 'ARRESTED', 'TERMINATED']),
  reason: Reason.optional(),
  createdMs: z.number(),
  readyMs: z.number().optional(),
  endedMs: z.number().optional(),
})
export type Group = z.infer<typeof Group>

export const Instance = z.object({
  /** `ci-…`, and `i-…` as EC2 names it. */
  id: z.string(),
  ec2Id: z.string(),
  group: z.string(),
  role: Role,
  type: z.string(),
  weight: z.number().int(),
  market: Market,
  bidUsd: z.number().optional(),
  state: z.enum(['AWAITING_FULFILLMENT', 'PROVISIONING', 'BOOTSTRAPPING', 'RUNNING', 'TERMINATED']),
  reason: Reason.optional(),
  /** `10.0.0.12`; `ip-10-0-0-12` is its node in HDFS and MapReduce. */
  address: z.string(),
  /** The primary node that steps run on. */
  leader: z.boolean().default(false),
  createdMs: z.number(),
  /** When it began to be provided: from then on it costs. */
  launchedMs: z.number().optional(),
  readyMs: z.number().optional(),
  endedMs: z.number().optional(),
  /** It is to go, once nothing needs it or at this time. */
  leavingByMs: z.number().optional(),
  /** When a Spot interruption, of which there was notice, ends it. */
  interruptedAtMs: z.number().optional(),
  /** A DataNode of the cluster's HDFS. Of an instance that is gone: HDFS still knows it. */
  dataNode: z.boolean().default(false),
})
export type Instance = z.infer<typeof Instance>

export const StepInput = z.object({
  name: z.string(),
  actionOnFailure: z.enum(['CONTINUE', 'CANCEL_AND_WAIT', 'TERMINATE_CLUSTER']).default('CONTINUE'),
  jar: z.string(),
  mainClass: z.string().optional(),
  args: z.array(z.string()).default([]),
  properties: z.record(z.string(), z.string()).default({}),
})
export type StepInput = z.infer<typeof StepInput>

/** Of a node; cores may be parts of one. */
export const Resources = z.object({ vcpus: z.number(), memoryMiB: z.number() })
export type Resources = z.infer<typeof Resources>

export const Step = StepInput.extend({
  id: z.string(),
  cluster: z.string(),
  state: StepState,
  reason: Reason.optional(),
  failure: z.object({ reason: z.string(), message: z.string(), logFile: z.string().optional() }).optional(),
  createdMs: z.number(),
  startedMs: z.number().optional(),
  endedMs: z.number().optional(),
  exitCode: z.number().int().optional(),
  /** The MapReduce job that it is. */
  job: z.string().optional(),
  /** What its process has of the primary node. */
  resources: Resources.optional(),
})
export type Step = z.infer<typeof Step>

export const ScalingPolicy = z.object({
  limits: z.object({
    unit: z.enum(['Instances', 'InstanceFleetUnits', 'VCPU']),
    min: z.number().int().min(1),
    max: z.number().int().min(1),
    maxOnDemand: z.number().int().min(0).optional(),
    maxCore: z.number().int().min(1).optional(),
  }),
})
export type ScalingPolicy = z.infer<typeof ScalingPolicy>

export const BootstrapAction = z.object({ name: z.string(), path: z.string(), args: z.array(z.string()).default([]) })
const Tags = z.record(z.string(), z.string())

/** Between 60 s and a week. */
export const IdleS = z.number().int().min(60).max(604_800)
export const Configuration = z.object({ classification: z.string(), properties: Tags })

const settings = {
  name: z.string(),
  releaseLabel: z.string(),
  collection: z.enum(['INSTANCE_GROUP', 'INSTANCE_FLEET']),
  applications: z.array(z.string()).default([]),
  bootstrap: z.array(BootstrapAction).max(16).default([]),
  keepAlive: z.boolean().default(false),
  terminationProtected: z.boolean().default(false),
  replaceUnhealthy: z.boolean().default(false),
  visibleToAllUsers: z.boolean().default(true),
  stepConcurrency: z.number().int().min(1).max(256).default(1),
  logUri: z.string().optional(),
  zone: z.string().default('us-east-1a'),
  configurations: z.array(Configuration).default([]),
  securityConfiguration: z.string().optional(),
  scaling: ScalingPolicy.optional(),
  autoTerminationS: IdleS.optional(),
  tags: Tags.default({}),
  /** Of networks and accounts: shown again, and nothing else. */
  taken: Tags.default({}),
}
/** A zone, and the subnet that lies in it where one is meant. */
const Place = z.object({ zone: z.string(), subnet: z.string().optional() })
export type Place = z.infer<typeof Place>

export const ClusterInput = z.object({
  ...settings,
  /** Of several it takes the cheapest, in place of `zone`. */
  places: z.array(Place).default([]),
  groups: z.array(GroupInput).min(1),
  steps: z.array(StepInput).max(256).default([]),
})
export type ClusterInput = z.infer<typeof ClusterInput>

export const Cluster = z.object({
  ...settings,
  /** `j-` and 13 letters and digits. */
  id: z.string(),
  state: ClusterState,
  reason: Reason.optional(),
  createdMs: z.number(),
  readyMs: z.number().optional(),
  endedMs: z.number().optional(),
  /** Nothing has run since. */
  idleMs: z.number().optional(),
  groups: z.array(Group),
  instances: z.array(Instance),
  /** Of its HDFS (dfs.replication), as it began. */
  replication: z.number().int(),
  /** Blocks of HDFS are encrypted on disk. */
  encrypted: z.boolean(),
})
export type Cluster = z.infer<typeof Cluster>

/** An estimate from the price table: what it costs an hour as it is, and what it has cost, US dollars. */
export const Cost = z.object({
  hourUsd: z.number(),
  totalUsd: z.number(),
  normalizedHours: z.number(),
  /** What an hour costs of each instance that takes the place of a reserved one now, by its id. */
  reserved: z.record(z.string(), z.number()),
})
export type Cost = z.infer<typeof Cost>

export const SecurityConfiguration = z.object({ name: z.string(), text: z.string(), createdMs: z.number() })
export type SecurityConfiguration = z.infer<typeof SecurityConfiguration>

const inCluster = z.object({ cluster: z.string() })
const aStep = inCluster.extend({ step: z.string() })
const anInstance = inCluster.extend({ instance: z.string() })

/** EMR on this machine: clusters whose nodes are those of HDFS and MapReduce, and steps that really run. */
export const emr = defineContract('emr', {
  run: call(ClusterInput, Cluster),
  describe: call(inCluster, Cluster.extend({ cost: Cost })),
  /** Newest first. */
  list: call(nothing, z.array(Cluster)),
  /** Clusters as they change, newest of each. */
  watch: feed(nothing, Cluster),
  /** Refused while the cluster is protected. */
  terminate: call(inCluster, nothing),
  modify: call(
    inCluster.extend({
      stepConcurrency: settings.stepConcurrency.unwrap().optional(),
      keepAlive: z.boolean().optional(),
      terminationProtected: z.boolean().optional(),
      replaceUnhealthy: z.boolean().optional(),
      visibleToAllUsers: z.boolean().optional(),
      /** null takes the policy away. */
      scaling: ScalingPolicy.nullable().optional(),
      autoTerminationS: IdleS.nullable().optional(),
    }),
    Cluster,
  ),
  tag: call(inCluster.extend({ add: Tags, remove: z.array(z.string()) }), nothing),
  addGroups: call(inCluster.extend({ groups: z.array(GroupInput) }), z.object({ ids: z.array(z.string()) })),
  /** A smaller capacity ends instances gracefully, those named first; `now` does not wait. */
  resize: call(
    inCluster.extend({
      group: z.string(),
      onDemand: z.number().int().min(0).optional(),
      spot: z.number().int().min(0).optional(),
      /** `i-…` */
      terminate: z.array(z.string()).default([]),
      now: z.boolean().default(false),
    }),
    nothing,
  ),

  addSteps: call(
    inCluster.extend({ steps: z.array(StepInput).min(1).max(256) }),
    z.object({ ids: z.array(z.string()) }),
  ),
  /** In the order in which they came. */
  listSteps: call(inCluster, z.array(Step)),
  watchSteps: feed(inCluster, Step),
  cancelSteps: call(
    inCluster.extend({ steps: z.array(z.string()), kill: z.boolean().default(false) }),
    z.array(z.object({ step: z.string(), submitted: z.boolean(), reason: z.string() })),
  ),
  readLog: call(
    aStep.extend({ file: z.enum(['controller', 'stdout', 'stderr']), from: z.number().int().min(0).default(0) }),
    z.object({ text: z.string(), next: z.number().int() }),
  ),

  /** An instance is lost at once, as by a failure. */
  loseInstance: call(anInstance, nothing),
  /** A Spot instance gets its notice: two minutes of engine time later it is lost. */
  interruptInstance: call(anInstance, nothing),
  /** The simulated price of a type, oldest first, one point in five minutes of engine time. */
  spotPrices: call(
    z.object({ type: z.string(), zone: z.string().default('us-east-1a'), startMs: z.number(), endMs: z.number() }),
    z.object({ onDemandUsd: z.number(), points: z.array(z.object({ timeMs: z.number(), usd: z.number() })) }),
  ),

  createSecurityConfiguration: call(SecurityConfiguration.omit({ createdMs: true }), SecurityConfiguration),
  deleteSecurityConfiguration: call(z.object({ name: z.string() }), nothing),
  listSecurityConfigurations: call(nothing, z.array(SecurityConfiguration)),
})
