import { z } from 'zod'

/**
 * A contract is the one declaration of what an engine offers. From it come the client that the UI and other engines hold,
 * the handlers that the engine writes, and the checks at the boundary. It has two verbs: a call answers once, a feed goes on.
 */
export interface CallVerb<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly kind: 'call'
  readonly input: I
  readonly output: O
  readonly bulk: boolean
  readonly rows: string | undefined
}

export interface FeedVerb<I extends z.ZodType = z.ZodType, T extends z.ZodType = z.ZodType> {
  readonly kind: 'feed'
  readonly input: I
  readonly item: T
  readonly bulk: boolean
}

export type Verb = CallVerb | FeedVerb
export type Verbs = Record<string, Verb>

export interface Contract<N extends string = string, V extends Verbs = Verbs> {
  readonly name: N
  readonly verbs: V
}

interface VerbOptions {
  /** Buffers in the messages change hands instead of being copied: the sender must not use them afterwards. */
  bulk?: boolean
}

interface CallVerbOptions<Answer> extends VerbOptions {
  /** A member of the answer that may be a thousand like objects: it crosses to other threads packed (`rows.ts`). */
  rows?: keyof Answer & string
}

export function call<I extends z.ZodType, O extends z.ZodType>(
  input: I,
  output: O,
  options: CallVerbOptions<z.output<O>> = {},
): CallVerb<I, O> {
  return { kind: 'call', input, output, bulk: options.bulk ?? false, rows: options.rows }
}

export function feed<I extends z.ZodType, T extends z.ZodType>(
  input: I,
  item: T,
  options: VerbOptions = {},
): FeedVerb<I, T> {
  return { kind: 'feed', input, item, bulk: options.bulk ?? false }
}

export function defineContract<const N extends string, V extends Verbs>(name: N, verbs: V): Contract<N, V> {
  return { name, verbs }
}

export interface CallOptions {
  signal?: AbortSignal
}

export interface CallContext {
  /** Aborted when the caller cancels, goes away, or the engine stops. */
  readonly signal: AbortSignal
}

export type Client<V extends Verbs> = {
  readonly [K in keyof V]: V[K] extends CallVerb<infer I, infer O>
    ? (input: z.input<I>, options?: CallOptions) => Promise<z.output<O>>
    : V[K] extends FeedVerb<infer I, infer T>
      ? (input: z.input<I>, options?: CallOptions) => AsyncIterable<z.output<T>>
      : never
}

export type Handlers<V extends Verbs> = {
  readonly [K in keyof V]: V[K] extends CallVerb<infer I, infer O>
    ? (input: z.output<I>, context: CallContext) => Promise<z.input<O>> | z.input<O>
    : V[K] extends FeedVerb<infer I, infer T>
      ? (input: z.output<I>, context: CallContext) => AsyncIterable<z.input<T>>
      : never
}

export type ContractClient<C> = C extends Contract<string, infer V> ? Client<V> : never
export type ContractHandlers<C> = C extends Contract<string, infer V> ? Handlers<V> : never

/** Raw bytes. On bulk verbs a view that spans its whole buffer is transferred. */
export const bytes = () => z.instanceof(Uint8Array)

export const nothing = z.object({}).strict()
