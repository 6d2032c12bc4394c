import type { Random } from '../../kit/pure/random.ts'
import type { Jsonata } from '../asl/jsonata.ts'
import type { Json, JsonObject, MachineDefinition, State } from '../asl/types.ts'
import type { Execution, HistoryEvent } from '../contract.ts'
import type { Resource } from '../integrations/resource.ts'

export interface TaskPhase {
  readonly kind: 'task'
  /** Names this attempt; its task token. */
  readonly token: string
  readonly resource: Resource
  readonly parameters: Json
  /** `waiting` for an answer to its request, or for a worker; then `submitted`, or with a worker. */
  readonly stage: 'waiting' | 'submitted' | 'working'
  /** What the request of a `.sync` answered: where its job is found. */
  readonly job?: Json
  readonly timeoutAtMs?: number
  readonly heartbeatMs?: number
  readonly heartbeatAtMs?: number
}

/** A distributed Map under way: its iterations are executions of their own. */
export interface MapPhase {
  readonly kind: 'map'
  /** Of the map run. */
  readonly arn: string
  readonly label: string
  /** Zero where there is no limit. */
  readonly maxConcurrency: number
  readonly toleratedFailurePercentage?: number
  readonly toleratedFailureCount?: number
  readonly redriveCount: number
}

/** What a thread is at. */
export type Phase =
  | { readonly kind: 'ready' }
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'retry'; readonly untilMs: number }
  | TaskPhase
  | MapPhase
  | {
      readonly kind: 'children'
      readonly total: number
      readonly started: number
      readonly done: number
      readonly atOnce: number
      readonly outputs: readonly Json[]
      /** Of a Map: what each iteration begins with. */
      readonly items?: readonly { readonly input: Json; readonly value: Json }[]
    }
  /** Failed, or ended from outside: where a redrive begins again. */
  | { readonly kind: 'stopped'; readonly map?: MapPhase }
  | { readonly kind: 'done' }

/** Which machine within the definition: branches of a Parallel by number, the item processor of a Map. */
export type Place = readonly { readonly state: string; readonly branch?: number }[]

/** One line of control: the machine itself, a branch, or an iteration. */
export interface Thread {
  readonly id: number
  readonly parent?: number
  /** Of its branch or iteration. */
  readonly index?: number
  readonly place: Place
  state: string
  /** Of the state as it came, before any path. */
  input: Json
  /** Those of outer scopes as they were when it began, and its own. */
  variables: Readonly<Record<string, Json>>
  phase: Phase
  entered: { readonly id: number; readonly timeMs: number }
  /** Its last event. */
  last: number
  /** How often each retrier of the state has tried. */
  retries: readonly number[]
  /** Value of its item, in an iteration. */
  item?: Json
}

/** An execution under way. What a transition changes is marked, so that it is kept as one. */
export interface Run {
  execution: Execution
  readonly definition: MachineDefinition
  readonly roleArn: string
  readonly threads: Map<number, Thread>
  nextThread: number
  readonly changed: Set<number>
  events: HistoryEvent[]
}

export type Signal =
  | { readonly kind: 'start'; readonly variables?: JsonObject }
  | { readonly kind: 'due' | 'redrive' }
  | { readonly kind: 'stop'; readonly error?: string; readonly cause?: string }
  | { readonly kind: 'taken'; readonly token: string; readonly worker: string }
  | { readonly kind: 'submitted'; readonly token: string; readonly output: Json; readonly follow: boolean }
  | { readonly kind: 'succeeded'; readonly token: string; readonly output: Json }
  | { readonly kind: 'failed'; readonly token: string; readonly error: string; readonly cause: string }
  | { readonly kind: 'heartbeat'; readonly token: string }
  /** A map run has come to its end. */
  | { readonly kind: 'mapped'; readonly arn: string; readonly output: Json }
  | { readonly kind: 'mapFailed'; readonly arn: string; readonly error: string; readonly cause: string }

/** What is to be done once a transition is on disk. */
export type Effect =
  | { readonly kind: 'request'; readonly task: TaskPhase }
  | { readonly kind: 'cancel'; readonly task: TaskPhase }
  | { readonly kind: 'map'; readonly thread: Thread }
  | { readonly kind: 'cancelMap'; readonly arn: string }

export interface Tools {
  readonly nowMs: number
  readonly random: Random
  readonly jsonata: Pick<Jsonata, 'evaluate'>
}

export const itemProcessorOf = ({ ItemProcessor, Iterator }: State): MachineDefinition => (ItemProcessor ?? Iterator)!

export function machineAt(definition: MachineDefinition, place: Place): MachineDefinition {
  return place.reduce((machine, { state, branch }) => {
    const outer = machine.States[state]
    return branch === undefined ? itemProcessorOf(outer) : outer.Branches![branch]
  }, definition)
}

/** The language of a state: its own, or that of the nearest machine around it that names one. */
export function languageOf(definition: MachineDefinition, place: Place, state: State): 'JSONPath' | 'JSONata' {
  if (state.QueryLanguage) return state.QueryLanguage
  let [machine, language] = [definition, definition.QueryLanguage]
  for (const [index, step] of place.entries()) {
    language = machine.States[step.state].QueryLanguage ?? language
    machine = machineAt(definition, place.slice(0, index + 1))
    language = machine.QueryLanguage ?? language
  }
  return language ?? 'JSONPath'
}
