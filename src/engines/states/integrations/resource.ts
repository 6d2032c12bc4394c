/** What a Task asks for, out of its `Resource`. */
export type Resource =
  | { readonly kind: 'activity'; readonly arn: string }
  /** A function's own ARN: its input is the payload, its answer the result. */
  | { readonly kind: 'function'; readonly arn: string }
  | {
      readonly kind: 'service'
      /** As the ARN has it: `batch`, or `aws-sdk:batch`. */
      readonly type: string
      /** As the ARN has it, such as `submitJob`. */
      readonly action: string
      readonly pattern: 'request' | 'sync' | 'sync:2' | 'token'
      /** As the signature of a request names the service: `elasticmapreduce`. */
      readonly signingName: string
      /** As the API names it: `SubmitJob`. */
      readonly operation: string
      readonly sdk: boolean
    }

/** Services as Step Functions names them, where that is not their signing name. */
const SIGNING_NAMES: Readonly<Record<string, string>> = {
  cloudwatch: 'monitoring',
  emr: 'elasticmapreduce',
  eventbridge: 'events',
  sfn: 'states',
}
const SDK_SERVICES = [
  'athena',
  'batch',
  'cloudwatch',
  'dynamodb',
  'emr',
  'eventbridge',
  'firehose',
  'glue',
  'kinesis',
  'lambda',
  's3',
  'scheduler',
  'sfn',
]

type Pattern = 'request' | 'sync' | 'sync:2' | 'token'

/** Optimised integrations and the ways in which they may be called (developer guide, "Integrating services"). */
const OPTIMISED: Readonly<Record<string, Readonly<Record<string, readonly Pattern[]>>>> = {
  athena: {
    startQueryExecution: ['request', 'sync'],
    stopQueryExecution: ['request'],
    getQueryExecution: ['request'],
    getQueryResults: ['request'],
  },
  batch: { submitJob: ['request', 'sync'] },
  dynamodb: { getItem: ['request'], putItem: ['request'], updateItem: ['request'], deleteItem: ['request'] },
  elasticmapreduce: {
    createCluster: ['request', 'sync'],
    addStep: ['request', 'sync'],
    cancelStep: ['request'],
    terminateCluster: ['request', 'sync'],
    setClusterTerminationProtection: ['request'],
  },
  events: { putEvents: ['request', 'token'] },
  lambda: { invoke: ['request', 'token'] },
  states: { startExecution: ['request', 'sync', 'sync:2', 'token'] },
}

/** Optimised actions that have another name than the operation behind them. */
const OPERATIONS: Readonly<Record<string, string>> = {
  createCluster: 'RunJobFlow',
  addStep: 'AddJobFlowSteps',
  cancelStep: 'CancelSteps',
  terminateCluster: 'TerminateJobFlows',
  setClusterTerminationProtection: 'SetTerminationProtection',
}

const PATTERNS: Readonly<Record<string, Pattern>> = {
  '': 'request',
  '.sync': 'sync',
  '.sync:2': 'sync:2',
  '.waitForTaskToken': 'token',
}

/** Undefined for what is no resource of a Task here. */
export function resourceOf(text: string): Resource | undefined {
  if (/^arn:aws[a-z-]*:states:[a-z0-9-]+:\d{12}:activity:[^:]+$/.test(text)) return { kind: 'activity', arn: text }
  if (/^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[^:]+(:[^:]+)?$/.test(text))
    return { kind: 'function', arn: text }
  const found =
    /^arn:aws[a-z-]*:states:[a-z0-9-]*:(?:\d{12})?:(aws-sdk:)?([a-z0-9-]+):([A-Za-z0-9]+)(\.sync(?::2)?|\.waitForTaskToken|)$/.exec(
      text,
    )
  if (!found) return undefined
  const [, sdk, service, action, suffix] = found
  const pattern = PATTERNS[suffix]
  const allowed = sdk
    ? SDK_SERVICES.includes(service) && (pattern === 'request' || pattern === 'token')
    : OPTIMISED[service]?.[action]?.includes(pattern)
  if (!allowed) return undefined
  return {
    kind: 'service',
    type: `${sdk ?? ''}${service}`,
    action,
    pattern,
    signingName: (sdk && SIGNING_NAMES[service]) || service,
    operation: (!sdk && OPERATIONS[action]) || action[0].toUpperCase() + action.slice(1),
    sdk: sdk !== undefined,
  }
}
