import type { z } from 'zod'
import type { Clients } from '../../contract.ts'
import type { Opened } from '../../kit/node/secrets.ts'
import type { ClockTask } from '../../kit/pure/clock.ts'
import type { Entry } from '../buffers.ts'
import type { S3Destination } from '../contract.ts'
import type { Intent } from '../ledger.ts'
import type { ErrorOutputType } from '../prefix.ts'

/** Why an endpoint does not have a record; `code` as the service's guide names it. */
export interface EndpointFailure {
  readonly code: string
  readonly message: string
  /** Members that this destination's failed records carry beside the usual ones. */
  readonly details?: Readonly<Record<string, unknown>>
}

export interface Unsent {
  readonly entry: Entry
  readonly failure: EndpointFailure
}

/** What one attempt left: records to be tried again, and records that it is no use to try again. The rest has arrived. */
export interface AttemptResult {
  readonly again: readonly Unsent[]
  readonly refused: readonly Unsent[]
}

export interface SendRequest {
  /** The same for every attempt, over restarts too. */
  readonly id: string
  readonly entries: readonly Entry[]
  readonly task: ClockTask
  readonly signal: AbortSignal
}

/** An endpoint that takes records by request. */
export interface Pusher {
  send(request: SendRequest): Promise<AttemptResult>
}

/** Something that loads objects once they are in the lake. */
export interface Loader {
  /** Loads an object; a failure where it could not. */
  load(object: Intent, signal: AbortSignal): Promise<EndpointFailure | undefined>
  /** After a start: whether an object that was being loaded has been. */
  isLoaded(object: Intent, signal: AbortSignal): Promise<boolean>
}

export interface EndpointParts {
  readonly deliveryStreamArn: string
  readonly clients: Pick<Clients, 'warehouse'>
  /** Engine time, epoch ms. */
  readonly now: () => number
  /** Real milliseconds that an endpoint has for its answer. */
  readonly timeoutMs: number
}

/** What every destination's settings have. */
export interface EndpointConfig {
  readonly retrySeconds: number
}

/** The destination's three forms in the API, by the words that they share: `HttpEndpointDestination` + Configuration, Update, Description. */
export type AwsMember = `${string}Destination`

/**
 * A kind of destination beside S3: its settings, how they read in the API, and how records get there. A new one is a file in this folder and a
 * line in its index.
 */
export interface DestinationKind<C extends EndpointConfig = EndpointConfig> {
  readonly kind: string
  readonly config: z.ZodType<C>
  /** The API's name of each setting, by which errors name it. */
  readonly fields: Readonly<Record<keyof C, string>>
  /** Settings that are kept sealed and not told by the API. */
  readonly secrets?: readonly (keyof C & string)[]
  readonly awsMembers: readonly AwsMember[]
  readonly errorType: ErrorOutputType
  /** Bounds of the buffering hints, and what they are unless told. */
  readonly hints: { readonly sizeInMBs: Bounds; readonly intervalInSeconds: Bounds }
  /** The values of S3BackupMode: copies of all records, and of none. */
  readonly backupModes: { readonly all: string; readonly failed: string }
  /** Settings from the API's form, over what they were before an update. */
  fromAws(form: object, before: C | undefined, member: AwsMember): Record<string, unknown>
  /** The members of the description that are this destination's own. */
  toAws(config: C): Record<string, unknown>
  /** The member that these settings stand under: two may share a kind. */
  awsMember(config: C): AwsMember
  /** Records go to it by request (`open` gives a Pusher), or as objects that it loads (a Loader). */
  readonly pushes: boolean
  open(config: Opened<C>, parts: EndpointParts): Pusher | Loader
  /** What is said at creation of settings that only an engine can judge. */
  check?(config: C, parts: Pick<EndpointParts, 'clients'>): Promise<void>
}

export interface Bounds {
  readonly min: number
  readonly max: number
  readonly usual: number
}

/** Keeps each kind's own settings typed inside its file. */
export function defineDestination<C extends EndpointConfig>(kind: DestinationKind<C>): DestinationKind {
  return kind as unknown as DestinationKind
}

export type EndpointSettings = NonNullable<S3Destination['endpoint']>
