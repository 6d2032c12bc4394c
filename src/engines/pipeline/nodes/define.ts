import type { z } from 'zod'
import type { Clients } from '../../contract.ts'
import type { RecordBatch } from '../../kit/pure/batch.ts'
import type { Clock } from '../../kit/pure/clock.ts'
import type { Random } from '../../kit/pure/random.ts'

/** What a port carries: `records` flow one by one, a `relation` is a table to read whole, a `dataset` is what dashboards draw. */
export type PortType = 'records' | 'relation' | 'dataset'

export interface PortDefinition {
  readonly name: string
  readonly type: PortType
  readonly title?: string
  /** An input that must be wired for the node to run. */
  readonly required?: boolean
  /** An input that takes several wires. */
  readonly many?: boolean
}

export type NodeGroup = 'Sources' | 'Streams' | 'Transform' | 'Delivery' | 'Lake' | 'Query' | 'Warehouse' | 'BI'

/** How the inspector draws a field; everything else follows from the schema. Set with `.meta(ui({ … }))`, last in the chain. */
export interface FieldHints {
  readonly label?: string
  readonly help?: string
  readonly unit?: string
  readonly editor?:
    | 'text'
    | 'multiline'
    | 'sql'
    | 'javascript'
    | 'expression'
    | 'stream'
    | 'function'
    | 'bucket'
    | 'database'
    | 'table'
    | 'dataset'
    | 'dashboard'
    | 'file'
  readonly section?: string
  readonly placeholder?: string
  /** What each value of an enum is called. */
  readonly options?: Readonly<Record<string, string>>
}

/** A field's hints in the form that zod keeps. Wrappers such as `default` drop them, so they come last. */
export function ui(hints: FieldHints): { ui: FieldHints } {
  return { ui: hints }
}

/** The part of a node kind that palette, inspector, port checks and docs are drawn from. */
export interface NodeKind<C extends z.ZodObject = z.ZodObject> {
  readonly kind: string
  readonly title: string
  /** AWS's name for it, shown beside the title. */
  readonly service?: string
  readonly summary: string
  readonly group: NodeGroup
  /** Name of a lucide icon. */
  readonly icon: string
  readonly inputs: readonly PortDefinition[]
  readonly outputs: readonly PortDefinition[]
  readonly version: number
  readonly config: C
}

/** A table that stands behind a relation or data set wire. */
export type Reference =
  | {
      readonly type: 'catalog'
      readonly database: string
      readonly table: string
      readonly location: string
      readonly format: 'parquet' | 'csv' | 'json' | 'avro'
    }
  | { readonly type: 'files'; readonly location: string; readonly format: 'parquet' | 'json' }
  | { readonly type: 'warehouse'; readonly schema: string; readonly table: string }
  | { readonly type: 'dataset'; readonly id: string }

/** One state of a table: `number` rises with each change; rows and bytes where they are known. */
export interface Version {
  readonly number: number
  readonly reference: Reference
  readonly rows: number | null
  readonly bytes: number | null
}

/** The node's end of the records wires that come into a port. Asking for more says that all taken so far has been dealt with. */
export interface RecordsInput {
  /** The next batch; null once everything before has ended. Holds the clock from then until the next take. */
  take(): Promise<RecordBatch | null>
  /** Gives up at engine time `untilMs` with 'due'. */
  takeUntil(untilMs: number): Promise<RecordBatch | null | 'due'>
  /** What lies ready, without waiting: for nodes that work better on larger batches. */
  takeReady(): RecordBatch | null
  /** Some of what was taken waits inside the node: nothing is acknowledged to what comes before until it says false again. */
  unsettled: boolean
}

export interface RecordsOutput {
  /** Resolves once every wire after it has room. The batch changes hands: it must not be used afterwards. */
  push(batch: RecordBatch): Promise<void>
  /** Resolves (at `settled`) once all that was pushed before has been dealt with by the sinks it flows to. */
  mark(): Promise<{ settled: Promise<void> }>
}

/** The node's end of its relation or data set wires that come in. */
export interface VersionsInput {
  /** Waits for a state not yet seen of any wire: all current ones, and whether no more will come. Null when nothing changed and none will. */
  next(): Promise<{ versions: readonly Version[]; ended: boolean } | null>
  /** No wire will change any more. */
  readonly ended: Promise<void>
}

export interface VersionsOutput {
  publish(version: Omit<Version, 'number'>): void
}

/** Work in hand: "copying", or `rows` that are "buffered" until engine time `dueMs`. */
export interface Pending {
  readonly what: string
  readonly rows?: number
  readonly dueMs?: number | null
}

export interface Counts {
  readonly rowsIn?: number
  readonly rowsOut?: number
  readonly bytesIn?: number
  readonly bytesOut?: number
  readonly filtered?: number
  readonly failed?: number
}

/** What the counters of a node are fed with. */
export interface Meter {
  in(rows: number, bytes: number): void
  out(rows: number, bytes: number): void
  filtered(rows: number): void
  failed(rows: number): void
  /** Replaces the counts: a batch node shows its latest version. */
  set(counts: Counts): void
  progress(share: number | null): void
  /** One short line under the node. */
  note(text: string): void
  /** A problem that it works on by itself; undefined once that has passed. */
  warn(text: string | undefined): void
  /** What is still to be done here and keeps a run from ending; null when nothing is. */
  pending(work: Pending | null): void
  athena(bytesScanned: number, costUsd: number): void
  /** Use of a service that AWS charges for, in the price table's units. */
  charge(item: string, quantity: number): void
}

/** A node beside this one in the document. */
export interface Neighbour {
  readonly id: string
  readonly kind: string
  readonly config: Readonly<Record<string, unknown>>
}

export interface NodeContext<C> {
  readonly id: string
  readonly config: C
  readonly pipeline: string
  readonly runId: string
  readonly clients: Clients
  readonly clock: Clock
  /** Seeded by the run's seed and the node's id. */
  readonly random: Random
  readonly scale: number
  readonly meter: Meter
  /** Aborted when the run is abandoned: everything ends at once. */
  readonly signal: AbortSignal
  /** Aborted when sources shall end; what has been taken in still flows to its sinks. */
  readonly stopping: AbortSignal
  records(port: string): RecordsInput | null
  out(port: string): RecordsOutput | null
  versions(port: string): VersionsInput | null
  relation(port: string): VersionsOutput | null
  /** Nodes wired to a port, on either side. */
  neighbours(port: string): readonly Neighbour[]
  /** A loop of its own beside the others of this node, with its own hold on the clock. */
  branch<T>(work: (context: NodeContext<C>) => Promise<T>): Promise<T>
  /** Awaits an engine's answer with the clock held, but lets go after some seconds, since the answer may itself wait for time. */
  patient<T>(answer: Promise<T>): Promise<T>
  /** Holds the clock until `caughtUp`, at most some seconds, so that virtual time does not run away from work under way. */
  holdFor(caughtUp: Promise<unknown>): Promise<void>
  /** Engine time; holds nothing while it sleeps. Ends early, without error, when sources shall stop. */
  sleepUntil(timeMs: number): Promise<void>
  /** Real time, for refreshing what a person watches. Ends early when `wake` settles. */
  sleepReal(ms: number, wake?: Promise<unknown>): Promise<void>
  /** Lets go of the clock while waiting for something outside. */
  idle<T>(wait: Promise<T>): Promise<T>
}

/** What reading a node's sink back says. Counters come from the runner; this comes from the sink alone. */
export interface SinkAccount {
  readonly readBack: number
  readonly agrees: boolean
  /** Rows that the sink keeps under an error prefix. */
  readonly failed?: number
  readonly note?: string
}

/** A problem that the schema cannot see. */
export interface ConfigProblem {
  readonly field?: string
  readonly message: string
  readonly severity?: 'error' | 'warning'
}

/** The engines that may be asked while a document is edited. */
export type Asked = Omit<Clients, 'pipeline' | 'gate'>

/** What a kind's `prepare` hands to its own `run` and `account`. */
export interface NodeBehaviour<C, S> {
  /** Problems beyond the schema: expressions that do not parse, SQL in the wrong place, neighbours that do not fit. */
  check?(config: C, beside: { before: readonly Neighbour[]; after: readonly Neighbour[] }): ConfigProblem[]
  /** Problems that only the engines can see: what is named is not there, or cannot be read by its own language. */
  ask?(config: C, clients: Asked): Promise<ConfigProblem[]>
  /** Names of resources that only one node of a document may own, such as `stream flights`. */
  owns?(config: C): string[]
  /** Creates or updates what the node names, sinks first. What it gives back is kept for `run` and `account`. */
  prepare(context: NodeContext<C>): Promise<S>
  /** Works until its inputs have ended. */
  run(context: NodeContext<C>, state: S): Promise<void>
  /** Reads the sink back after all has settled. */
  account?(context: NodeContext<C>, state: S): Promise<SinkAccount | null>
  /** The table behind the outputs as it is, for a run that starts after this node. */
  reference?(config: C): Reference
}

export interface DefinedNode<C extends z.ZodObject = z.ZodObject> extends NodeKind<C> {
  readonly behaviour: NodeBehaviour<z.output<C>, unknown>
}

/** A node kind in one place: how it is drawn and checked, and what it does, as functions over the engines' clients. */
export function defineNode<C extends z.ZodObject, S = undefined>(
  definition: NodeKind<C> & { behaviour: NodeBehaviour<z.output<C>, S> },
): DefinedNode<C> {
  return definition as unknown as DefinedNode<C>
}
