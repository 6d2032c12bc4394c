import type { StaticOperationSchema } from '@smithy/types'
import { EngineError } from '../../pure/errors.ts'
import type { Constraints } from './constraints.ts'
import type { HttpRequest } from './http.ts'

/** `awsJson` 1.0 and 1.1 differ in their content type only; a JSON service also answers CBOR to a client that sends CBOR. */
export type AwsProtocol = 'awsJson1_0' | 'awsJson1_1' | 'restJson1' | 'restXml' | 'awsQuery'

/** What an operation may know of the request beside its input. */
export interface AwsContext<C> {
  readonly operation: string
  /** The engines, through their contracts. */
  readonly clients: C
  /** From the signature's credential scope; us-east-1 where the request carries none. */
  readonly region: string
  readonly requestId: string
  /** Engine time of arrival, epoch ms. */
  readonly nowMs: number
  /** Aborted when the client goes away or the gate stops. Pass it on to calls and feeds. */
  readonly signal: AbortSignal
  /** Request headers, names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The body as it came, for checksums over it. */
  readonly body: Uint8Array
  /** `http://127.0.0.1:4566`: where this gate answers. */
  readonly endpoint: string
  /** What the model leaves to the service, such as status 206 of a range. */
  readonly answer: {
    status?: number
    /** Of the answer, an error's too. */
    readonly headers: Record<string, string>
    /** A REST-XML document that the model cannot express, in place of the output's. */
    document?: string
  }
}

/** The request as it came, for an operation that reads it by hand. */
export interface RawRequest {
  /** Owned by the operation: it may be transferred on. */
  readonly body: Uint8Array
  /** `json` or `cbor`: what the body is, and what the answer must be. */
  readonly encoding: 'json' | 'cbor'
}

export interface AwsOperationRow<C, I, O> {
  /** The client package's schema of the operation, such as `PutRecord$`: names, types, required members, HTTP bindings. */
  readonly schema: StaticOperationSchema
  /** Lengths, patterns, ranges and enum values that the model states and the schema does not carry. */
  readonly constraints?: Constraints
  /** Pure over its input and the engines' clients. Fails by throwing EngineError with the service's own code. */
  readonly run: (input: I, context: AwsContext<C>) => Promise<O> | O
  /**
   * A hot path: gets the body before it is parsed and answers the bytes of the output, which it lets go of, or undefined to leave the request to
   * the schema and `run`. It then must not have changed the body.
   */
  readonly raw?: (request: RawRequest, context: AwsContext<C>) => Promise<Uint8Array | string | undefined>
}

/** An operation with its types rubbed out: what the protocols work with. */
export type AwsOperation = AwsOperationRow<never, never, unknown>

export interface AwsService {
  /** The service as people call it, such as `Kinesis`; shown in the request log. */
  readonly name: string
  readonly protocol: AwsProtocol
  readonly operations: Readonly<Record<string, AwsOperation>>
  /** All operations of the model, for the REST protocols: what is not in the table is then refused, and not taken for another. */
  readonly model?: readonly StaticOperationSchema[]
  /** Where a REST request's path begins, and labels found before it, such as S3's bucket in the host. */
  readonly place?: (request: HttpRequest) => { path: string; labels: Record<string, string> }
  /** Namespace of XML answers, such as `http://s3.amazonaws.com/doc/2006-03-01/`. */
  readonly xmlNamespace?: string
  /** HTTP status by error code, where it is not 400 for a client's fault and 500 for the service's. */
  readonly statuses?: Readonly<Record<string, number>>
  /** Code of a request that does not fit the model; ValidationException unless told. */
  readonly validationCode?: string
  /** Name of the message's member in JSON errors, as the model has it: `message`, or `Message`. */
  readonly messageMember?: 'message' | 'Message'
  /**
   * For a JSON service that spoke Query before: the older codes of its errors, by the newer. It is then served in both, by the same
   * table, and JSON errors carry the older code in a header.
   */
  readonly queryCodes?: Readonly<Record<string, string>>
  /** Maps an engine's error to the service's own, where code and message are not enough. */
  readonly error?: (error: EngineError, operation: string) => EngineError
  /** Further members of an error's body, such as `AthenaErrorCode` or S3's `BucketName`. */
  readonly errorMembers?: (error: EngineError, context: ErrorRequest) => Record<string, unknown>
}

export interface ErrorRequest {
  readonly operation: string
  /** Path of the request, as S3 puts it into `Resource`. */
  readonly path: string
}

/** Makes the rows of a service's table: `const operation = operationsOf<Pick<Clients, 'stream'>>()`. */
export function operationsOf<C>(): <I, O>(row: AwsOperationRow<C, I, O>) => AwsOperation {
  return (row) => row as unknown as AwsOperation
}

export function defineService(service: AwsService): AwsService {
  for (const [name, { schema }] of Object.entries(service.operations)) {
    if (schema[2] !== name) throw new Error(`${service.name}: the row ${name} has the schema of ${schema[2]}`)
  }
  return service
}

/** The tables of several engines as one service, which the first of them describes. */
export function joinServices(services: readonly AwsService[]): AwsService {
  const [first] = services
  const rows = services.flatMap(({ operations }) => Object.entries(operations))
  const operations = Object.fromEntries(rows)
  if (Object.keys(operations).length < rows.length) throw new Error(`${first.name}: an operation has two rows`)
  return services.length === 1 ? first : { ...first, operations }
}

const queryForms = new WeakMap<AwsService, AwsService>()

/** The service as a request speaks to it: a form is Query, where the service knows that too. */
export function spokenTo(service: AwsService, headers: Readonly<Record<string, string>>): AwsService {
  const codes = service.queryCodes
  if (!codes || !headers['content-type']?.startsWith('application/x-www-form-urlencoded')) return service
  let form = queryForms.get(service)
  if (!form) {
    const { error, statuses } = service
    form = {
      ...service,
      protocol: 'awsQuery',
      statuses: Object.fromEntries(
        Object.entries(statuses ?? {}).map(([code, status]) => [codes[code] ?? code, status]),
      ),
      error: (thrown, operation) => {
        const told = error?.(thrown, operation) ?? thrown
        return new EngineError(codes[told.code] ?? told.code, told.message, told)
      },
    }
    queryForms.set(service, form)
  }
  return form
}

/** All operations among a client package's exports. */
export function operationsOfModel(exports: Record<string, unknown>): StaticOperationSchema[] {
  return Object.values(exports).filter(
    (value): value is StaticOperationSchema => Array.isArray(value) && value[0] === 9,
  )
}
