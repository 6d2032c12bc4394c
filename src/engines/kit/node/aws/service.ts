import type { EngineError } from '../../pure/errors.ts'

/** A request to an AWS service as the gate hands it on, its body whole and owned by the service. */
export interface AwsRequestContext<C> {
  readonly operation: string
  readonly clients: C
  readonly region: string
  readonly requestId: string
  readonly nowMs: number
  readonly signal: AbortSignal
}

export type AwsProtocol = 'awsJson1_0' | 'awsJson1_1' | 'restJson1' | 'restXml' | 'awsQuery'

/** One operation: its shapes from the service model and a pure function over the engines' clients. */
export interface AwsOperation<C> {
  /** The client package's schema of the operation, such as `PutRecord$`: names, types, HTTP bindings. */
  readonly schema: unknown
  readonly run: (input: never, context: AwsRequestContext<C>) => Promise<unknown>
}

export interface AwsService<C = never> {
  readonly name: string
  readonly protocol: AwsProtocol
  readonly operations: Readonly<Record<string, AwsOperation<C>>>
  /** Maps an engine's error to the service's own shape, where code and message are not enough. */
  readonly error?: (error: EngineError) => EngineError
}
