import { EventStreamCodec } from '@smithy/core/event-streams'
import type { EngineError } from '../../pure/errors.ts'
import { type Encoding, writeBody } from './json.ts'
import type { DocumentCodec } from './rest.ts'
import type { Member, OperationShape } from './shapes.ts'

const frames = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
)

type Headers = Record<string, { type: 'string'; value: string }>

const contentTypeOf = (encoding: Encoding): string => (encoding === 'cbor' ? 'application/cbor' : 'application/json')

/** The member of an output that is a stream of events, if it has one. */
export function eventMember(operation: OperationShape): Member | undefined {
  return operation.output.members.find((m) => m.traits.streaming && m.shape().kind === 'union')
}

/**
 * An answer as `application/vnd.amazon.eventstream`. An RPC protocol begins with an `initial-response` that carries the other
 * members; an error ends the stream as an exception of the model, so that the client gets it as the same class. An event that is bytes is its
 * body, written already, by an operation on a hot path.
 */
export async function* writeEvents(
  operation: OperationShape,
  output: Record<string, unknown>,
  member: Member,
  encoding: Encoding,
  failed: (thrown: unknown) => EngineError,
): AsyncGenerator<Uint8Array> {
  yield message('initial-response', contentTypeOf(encoding), withoutStream(operation, output, member, encoding))
  try {
    for await (const event of output[member.name] as AsyncIterable<Record<string, unknown>>) {
      const [name] = Object.keys(event)
      const variant = member.shape().members.find((m) => m.name === name)
      if (!variant) throw new Error(`${operation.name} has no event ${name}`)
      const value = event[name]
      const body = ArrayBuffer.isView(value) ? (value as Uint8Array) : writeBody(variant.shape(), value, encoding)
      yield message(name, contentTypeOf(encoding), toBytes(body))
    }
  } catch (thrown) {
    yield exception(failed(thrown), member, encoding)
  }
}

/**
 * Events of a REST protocol: none for the other members, which are headers, and each with its payload as the model has it, bytes or a
 * document (SelectObjectContent).
 */
export async function* writeRestEvents(
  operation: OperationShape,
  output: Record<string, unknown>,
  stream: Member,
  codec: DocumentCodec,
  failed: (thrown: unknown) => EngineError,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const event of output[stream.name] as AsyncIterable<Record<string, Record<string, unknown>>>) {
      const [name] = Object.keys(event)
      const variant = stream.shape().members.find((m) => m.name === name)
      if (!variant) throw new Error(`${operation.name} has no event ${name}`)
      const payload = variant.shape().members.find((m) => m.traits.eventPayload)
      const value = payload && event[name][payload.name]
      if (!payload || value === undefined) yield message(name, undefined, NOTHING)
      else if (payload.shape().kind === 'blob') yield message(name, 'application/octet-stream', value as Uint8Array)
      else yield message(name, 'text/xml', toBytes(codec.writePayload(payload, value) as string | Uint8Array))
    }
  } catch (thrown) {
    yield exception(failed(thrown), stream, 'json')
  }
}

const NOTHING = new Uint8Array(0)

function withoutStream(
  operation: OperationShape,
  output: Record<string, unknown>,
  stream: Member,
  encoding: Encoding,
): Uint8Array {
  const rest = { ...operation.output, members: operation.output.members.filter((m) => m !== stream) }
  return toBytes(writeBody(rest, output, encoding))
}

function message(type: string, contentType: string | undefined, body: Uint8Array): Uint8Array {
  const headers: Headers = {
    ':message-type': { type: 'string', value: 'event' },
    ':event-type': { type: 'string', value: type },
    ...(contentType !== undefined && { ':content-type': { type: 'string', value: contentType } }),
  }
  return frames.encode({ headers, body })
}

function exception(error: EngineError, member: Member, encoding: Encoding): Uint8Array {
  const modeled = member.shape().members.some((m) => m.name === error.code)
  if (!modeled) {
    const headers: Headers = {
      ':message-type': { type: 'string', value: 'error' },
      ':error-code': { type: 'string', value: error.code },
      ':error-message': { type: 'string', value: error.message },
    }
    return frames.encode({ headers, body: new Uint8Array(0) })
  }
  const headers: Headers = {
    ':message-type': { type: 'string', value: 'exception' },
    ':exception-type': { type: 'string', value: error.code },
    ':content-type': { type: 'string', value: contentTypeOf(encoding) },
  }
  const shape = member
    .shape()
    .members.find((m) => m.name === error.code)!
    .shape()
  return frames.encode({ headers, body: toBytes(writeBody(shape, { message: error.message }, encoding)) })
}

const toBytes = (body: string | Uint8Array): Uint8Array => (typeof body === 'string' ? Buffer.from(body) : body)
