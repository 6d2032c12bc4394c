import { EngineError } from '../../pure/errors.ts'
import { validate } from './constraints.ts'
import { answerError, rpcContentType, toServiceError } from './errors.ts'
import { eventMember, writeEvents, writeRestEvents } from './event-stream.ts'
import type { AnswerBody, HttpAnswer, HttpRequest } from './http.ts'
import { type Encoding, encodeBody, parseBody, readShape, writeBody } from './json.ts'
import { parseForm, readForm, requireAction, writeForm } from './query.ts'
import { type DocumentCodec, matchRest, readRest, writeRest } from './rest.ts'
import type { AwsContext, AwsOperation, AwsService } from './service.ts'
import { type OperationShape, operationShape } from './shapes.ts'
import { xmlCodec, xmlDocument } from './xml.ts'

/** What the gate knows of a request that is not in it. */
export interface Surroundings {
  readonly clients: unknown
  readonly region: string
  readonly requestId: string
  readonly nowMs: number
  readonly signal: AbortSignal
  readonly endpoint: string
  /** Gets what was thrown and is no EngineError: a bug. */
  readonly report: (operation: string, thrown: unknown) => void
}

export interface ServiceAnswer extends HttpAnswer {
  readonly operation: string
}

/** Answers one request to a service: finds the operation, reads and checks its input, runs it and writes its output. Never throws. */
export async function answerRequest(
  service: AwsService,
  request: HttpRequest,
  surroundings: Surroundings,
): Promise<ServiceAnswer> {
  const encoding: Encoding = request.headers['content-type']?.includes('cbor') ? 'cbor' : 'json'
  let operation = ''
  const told: Record<string, string> = {}
  const fail = (thrown: unknown): EngineError =>
    toServiceError(service, operation, thrown, (bug) => surroundings.report(`${service.name}.${operation}`, bug))
  try {
    const found = find(service, request)
    operation = found.operation.name
    if (!found.row) throw unsupported(service, operation)
    const context = contextOf(operation, request, surroundings, told)
    const answer = await run({ service, request, encoding, ...found, row: found.row, context, fail })
    return { ...answer, operation }
  } catch (thrown) {
    const { requestId } = surroundings
    const about = { operation, path: request.path, requestId, encoding, head: request.method === 'HEAD' }
    const answer = answerError(service, fail(thrown), about)
    return { ...answer, headers: { ...answer.headers, ...told }, operation }
  }
}

interface Found {
  readonly operation: OperationShape
  readonly row: AwsOperation | undefined
  readonly read: () => Record<string, unknown>
  readonly codec?: DocumentCodec
}

interface Running extends Found {
  readonly service: AwsService
  readonly request: HttpRequest
  readonly encoding: Encoding
  readonly row: AwsOperation
  readonly context: AwsContext<never>
  readonly fail: (thrown: unknown) => EngineError
}

function find(service: AwsService, request: HttpRequest): Found {
  switch (service.protocol) {
    case 'awsJson1_0':
    case 'awsJson1_1':
      return findRpc(service, request)
    case 'awsQuery':
      return findQuery(service, request)
    default:
      return findRest(service, request)
  }
}

/** A name out of a request may be `constructor`. */
function rowOf(service: AwsService, name: string): AwsOperation | undefined {
  return Object.hasOwn(service.operations, name) ? service.operations[name] : undefined
}

function findRpc(service: AwsService, request: HttpRequest): Found {
  const target = request.headers['x-amz-target'] ?? ''
  const row = rowOf(service, target.slice(target.lastIndexOf('.') + 1))
  if (!row) throw unknownOperation()
  const operation = operationShape(row.schema)
  const encoding: Encoding = request.headers['content-type']?.includes('cbor') ? 'cbor' : 'json'
  return {
    operation,
    row,
    read: () =>
      operation.input.kind === 'unit'
        ? {}
        : (readShape(operation.input, parseBody(request.body, encoding), encoding) as Record<string, unknown>),
  }
}

function findQuery(service: AwsService, request: HttpRequest): Found {
  const form = parseForm(request.body, request.query)
  const action = requireAction(form, service)
  const row = rowOf(service, action)
  if (!row) throw new EngineError('InvalidAction', `Could not find operation ${action} for ${service.name}.`)
  const operation = operationShape(row.schema)
  return { operation, row, read: () => readForm(operation, form) }
}

function findRest(service: AwsService, request: HttpRequest): Found {
  const place = service.place?.(request) ?? { path: request.path, labels: {} }
  const match = matchRest(service, request, place)
  if (!match) throw service.protocol === 'restXml' ? methodNotAllowed() : unknownOperation()
  const codec = service.protocol === 'restXml' ? xmlCodecOf(service) : jsonCodec
  return { operation: match.operation, row: match.row, read: () => readRest(match, request, codec), codec }
}

const xmlCodecs = new WeakMap<AwsService, DocumentCodec>()

function xmlCodecOf(service: AwsService): DocumentCodec {
  let codec = xmlCodecs.get(service)
  if (!codec) {
    codec = xmlCodec(service.xmlNamespace)
    xmlCodecs.set(service, codec)
  }
  return codec
}

const jsonCodec: DocumentCodec = {
  contentType: 'application/json',
  readDocument: (members, operation, body) =>
    readShape({ ...operation.input, members }, parseBody(body, 'json'), 'json') as Record<string, unknown>,
  readPayload: (member, body) => readShape(member.shape(), parseBody(body, 'json'), 'json'),
  writeDocument: (members, operation, output) => writeBody({ ...operation.output, members }, output, 'json'),
  writePayload: (member, value) => writeBody(member.shape(), value, 'json'),
}

function contextOf(
  operation: string,
  request: HttpRequest,
  surroundings: Surroundings,
  headers: Record<string, string>,
): AwsContext<never> {
  const { report: _, ...shared } = surroundings
  return {
    ...shared,
    operation,
    headers: request.headers,
    body: request.body,
    clients: surroundings.clients as never,
    answer: { headers },
  }
}

async function run(running: Running): Promise<HttpAnswer> {
  const { service, row, operation, request, encoding, context } = running
  if (row.raw) {
    const bytes = await row.raw({ body: request.body, encoding }, context)
    if (bytes !== undefined) return { ...rpcAnswer(running, bytes), ownsBody: true }
  }
  const input = running.read()
  validate(operation.input, input, row.constraints, service.validationCode)
  const output = ((await row.run(input as never, context)) ?? {}) as Record<string, unknown>
  const stream = eventMember(operation)
  if (running.codec && stream) {
    const events = writeRestEvents(operation, output, stream, running.codec, running.fail)
    return finish(context, 200, { 'content-type': 'application/vnd.amazon.eventstream' }, events)
  }
  if (running.codec) return restAnswer(running, output, running.codec)
  if (service.protocol === 'awsQuery') {
    const xml = writeForm(operation, output, service.xmlNamespace ?? '', context.requestId)
    return finish(context, 200, { 'content-type': 'text/xml' }, xml)
  }
  if (!stream) return rpcAnswer(running, writeBody(operation.output, output, encoding))
  const events = writeEvents(operation, output, stream, encoding, running.fail)
  return finish(context, 200, { 'content-type': 'application/vnd.amazon.eventstream' }, events)
}

function rpcAnswer({ service, operation, encoding, context }: Running, bytes: Uint8Array | string): HttpAnswer {
  // An operation without output answers nothing at all in JSON; CBOR has to be a map.
  const empty = operation.output.kind === 'unit' && encoding === 'json'
  const body = empty ? '' : operation.output.kind === 'unit' ? encodeBody({}, encoding) : bytes
  return finish(context, 200, { 'content-type': rpcContentType(service, encoding) }, body)
}

function restAnswer(
  { operation, service, context }: Running,
  output: Record<string, unknown>,
  codec: DocumentCodec,
): HttpAnswer {
  const { status, headers, body } = writeRest(operation, output, codec)
  // REST-XML documents that the model cannot say, as S3's GetBucketLocation, are written by the operation.
  const own = context.answer.document
  if (own !== undefined && service.protocol === 'restXml')
    return finish(context, status, { ...headers, 'content-type': codec.contentType }, xmlDocument(own))
  return finish(context, status, headers, body)
}

function finish(
  context: AwsContext<never>,
  status: number,
  headers: Record<string, string>,
  body: AnswerBody,
): HttpAnswer {
  return { status: context.answer.status ?? status, headers: { ...headers, ...context.answer.headers }, body }
}

function unsupported(service: AwsService, operation: string): EngineError {
  return service.protocol === 'restXml'
    ? new EngineError('NotImplemented', `Millrace does not offer ${operation}.`)
    : new EngineError('UnknownOperationException', `Millrace does not offer ${operation} of ${service.name}.`)
}

const unknownOperation = () => new EngineError('UnknownOperationException', 'The operation is not known.')

const methodNotAllowed = () =>
  new EngineError('MethodNotAllowed', 'The specified method is not allowed against this resource.')
