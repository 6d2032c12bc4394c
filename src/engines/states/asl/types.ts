/** The Amazon States Language as it is once it is valid (states-language.net/spec.html and the developer guide). */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

export type QueryLanguage = 'JSONPath' | 'JSONata'

export interface MachineDefinition {
  readonly Comment?: string
  readonly QueryLanguage?: QueryLanguage
  readonly StartAt: string
  readonly TimeoutSeconds?: number
  readonly States: Readonly<Record<string, State>>
  readonly ProcessorConfig?: {
    readonly Mode?: 'INLINE' | 'DISTRIBUTED'
    readonly ExecutionType?: 'STANDARD' | 'EXPRESS'
  }
}

export const STATE_TYPES = ['Task', 'Pass', 'Choice', 'Wait', 'Succeed', 'Fail', 'Parallel', 'Map'] as const
export type StateType = (typeof STATE_TYPES)[number]

export interface Retrier {
  readonly ErrorEquals: readonly string[]
  readonly IntervalSeconds?: number
  readonly MaxAttempts?: number
  readonly BackoffRate?: number
  readonly MaxDelaySeconds?: number
  readonly JitterStrategy?: 'FULL' | 'NONE'
}

export interface Catcher {
  readonly ErrorEquals: readonly string[]
  readonly Next: string
  readonly ResultPath?: string | null
  readonly Output?: Json
  readonly Assign?: JsonObject
}

export interface ChoiceRule {
  readonly Next?: string
  readonly Condition?: Json
  readonly Assign?: JsonObject
  readonly Output?: Json
  readonly And?: readonly ChoiceRule[]
  readonly Or?: readonly ChoiceRule[]
  readonly Not?: ChoiceRule
  readonly Variable?: string
  readonly [operator: string]: unknown
}

/** Where a distributed Map reads its items. */
export interface ItemReader {
  readonly Resource: string
  readonly Parameters?: Json
  readonly Arguments?: Json
  readonly ReaderConfig?: {
    readonly InputType?: 'CSV' | 'JSON' | 'JSONL'
    readonly CSVHeaderLocation?: 'FIRST_ROW' | 'GIVEN'
    readonly CSVHeaders?: readonly string[]
    readonly CSVDelimiter?: string
    /** JSON pointer to the array. */
    readonly ItemsPointer?: string
    readonly MaxItems?: number | string
    readonly MaxItemsPath?: string
  }
}

export interface ItemBatcher {
  readonly MaxItemsPerBatch?: number | string
  readonly MaxItemsPerBatchPath?: string
  readonly MaxInputBytesPerBatch?: number | string
  readonly MaxInputBytesPerBatchPath?: string
  readonly BatchInput?: Json
}

export interface ResultWriter {
  readonly Resource?: string
  readonly Parameters?: Json
  readonly Arguments?: Json
  readonly WriterConfig?: {
    readonly Transformation?: 'NONE' | 'COMPACT' | 'FLATTEN'
    readonly OutputType?: 'JSON' | 'JSONL'
  }
}

/** Every field that any type of state has: which ones a type may have is checked at creation (`validate.ts`). */
export interface State {
  readonly Type: StateType
  readonly Comment?: string
  readonly QueryLanguage?: QueryLanguage
  readonly Next?: string
  readonly End?: boolean
  readonly InputPath?: string | null
  readonly OutputPath?: string | null
  readonly ResultPath?: string | null
  readonly Parameters?: Json
  readonly ResultSelector?: Json
  readonly Arguments?: Json
  readonly Output?: Json
  readonly Assign?: JsonObject
  readonly Retry?: readonly Retrier[]
  readonly Catch?: readonly Catcher[]
  readonly Result?: Json
  readonly Resource?: string
  readonly TimeoutSeconds?: number | string
  readonly TimeoutSecondsPath?: string
  readonly HeartbeatSeconds?: number | string
  readonly HeartbeatSecondsPath?: string
  readonly Seconds?: number | string
  readonly SecondsPath?: string
  readonly Timestamp?: string
  readonly TimestampPath?: string
  readonly Choices?: readonly ChoiceRule[]
  readonly Default?: string
  readonly Error?: string
  readonly ErrorPath?: string
  readonly Cause?: string
  readonly CausePath?: string
  readonly Branches?: readonly MachineDefinition[]
  readonly ItemProcessor?: MachineDefinition
  readonly Iterator?: MachineDefinition
  readonly ItemsPath?: string
  readonly Items?: Json
  readonly ItemSelector?: Json
  readonly MaxConcurrency?: number | string
  readonly MaxConcurrencyPath?: string
  readonly Label?: string
  readonly ItemReader?: ItemReader
  readonly ItemBatcher?: ItemBatcher
  readonly ResultWriter?: ResultWriter
  readonly ToleratedFailureCount?: number | string
  readonly ToleratedFailureCountPath?: string
  readonly ToleratedFailurePercentage?: number | string
  readonly ToleratedFailurePercentagePath?: string
}

/** An error as states know it: what Retry and Catch match, and a text. */
export class StateError extends Error {
  readonly error: string
  readonly why: string

  constructor(error: string, why: string) {
    super(`${error}: ${why}`)
    this.name = 'StateError'
    this.error = error
    this.why = why
  }
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function sameJson(a: Json, b: Json): boolean {
  if (a === b) return true
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameJson(item, b[index]))
  if (!isObject(a) || !isObject(b)) return false
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && sameJson(a[name], b[name]))
  )
}
