import { EngineError } from '../../pure/errors.ts'
import { type AnswerBody, decodeText, type HttpRequest, parseQuery } from './http.ts'
import { timestampText } from './json.ts'
import type { AwsOperation, AwsService } from './service.ts'
import { type Member, type OperationShape, operationShape, type TimestampFormat } from './shapes.ts'

/** Where an operation is in the REST protocols, from its `http` trait. */
interface Route {
  readonly operation: OperationShape
  readonly method: string
  readonly path: RegExp
  readonly labels: readonly string[]
  readonly literals: readonly [string, string][]
  /** Query parameters and headers that the request cannot be without. */
  readonly needs: readonly { in: 'query' | 'header'; name: string }[]
  /** Labels that are not in the path, as S3's Bucket, which is found in path or host beforehand. */
  readonly placed: readonly string[]
}

export interface RestMatch {
  readonly operation: OperationShape
  readonly row: AwsOperation | undefined
  readonly labels: Record<string, string>
}

const tables = new WeakMap<AwsService, readonly Route[]>()

/**
 * The operation that a request means: of those whose method, path and literals fit, the one that asks for most. Operations of
 * the model that the service does not have are found too, so that they are refused and not taken for others.
 */
export function matchRest(
  service: AwsService,
  request: Omit<HttpRequest, 'body'>,
  place: { path: string; labels: Record<string, string> },
): RestMatch | undefined {
  const query = new Map(parseQuery(request.query))
  let best: { route: Route; values: RegExpExecArray; score: number } | undefined
  for (const route of routesOf(service)) {
    if (route.method !== request.method) continue
    if (!samePlacement(route, place.labels)) continue
    const values = route.path.exec(place.path)
    if (!values) continue
    if (!route.literals.every(([name, value]) => query.has(name) && (value === '' || query.get(name) === value)))
      continue
    if (!route.needs.every((n) => (n.in === 'query' ? query.has(n.name) : n.name in request.headers))) continue
    const named = query.get('x-id') === route.operation.name ? 100 : 0
    const score = route.literals.length + route.needs.length + route.labels.length * 10 + named
    if (!best || score > best.score) best = { route, values, score }
  }
  if (!best) return undefined
  const labels = { ...place.labels }
  best.route.labels.forEach((name, index) => {
    labels[name] = decodeText(best.values[index + 1])
  })
  const { operation } = best.route
  return { operation, row: service.operations[operation.name], labels }
}

function samePlacement(route: Route, labels: Record<string, string>): boolean {
  const given = Object.keys(labels)
  return given.length === route.placed.length && given.every((name) => route.placed.includes(name))
}

function routesOf(service: AwsService): readonly Route[] {
  let routes = tables.get(service)
  if (!routes) {
    const schemas = service.model ?? Object.values(service.operations).map((row) => row.schema)
    routes = schemas.map((schema) => routeOf(operationShape(schema), service))
    tables.set(service, routes)
  }
  return routes
}

function routeOf(operation: OperationShape, service: AwsService): Route {
  if (!operation.http) throw new Error(`${service.name}: ${operation.name} has no http trait`)
  const [method, uri] = operation.http
  const [path, query = ''] = uri.split('?')
  const labels: string[] = []
  const pattern = path.replace(/\{([^}]+)\}|[.*+?^$()|[\]\\]/g, (text, label: string | undefined) => {
    if (label === undefined) return `\\${text}`
    labels.push(label.replace('+', ''))
    return label.endsWith('+') ? '(.+)' : '([^/]+)'
  })
  return {
    operation,
    method,
    path: new RegExp(`^${pattern}$`, 's'),
    labels,
    literals: parseQuery(query).filter(([name]) => name !== 'x-id'),
    needs: operation.input.members
      .filter((m) => m.required && (m.traits.httpQuery || m.traits.httpHeader))
      .map((m) =>
        m.traits.httpQuery
          ? { in: 'query', name: m.traits.httpQuery }
          : { in: 'header', name: m.traits.httpHeader!.toLowerCase() },
      ),
    placed: operation.input.members.filter((m) => m.traits.httpLabel && !labels.includes(m.name)).map((m) => m.name),
  }
}

/** What reads and writes a document: JSON or XML. */
export interface DocumentCodec {
  readDocument(members: readonly Member[], operation: OperationShape, body: Uint8Array): Record<string, unknown>
  readPayload(member: Member, body: Uint8Array): unknown
  writeDocument(members: readonly Member[], operation: OperationShape, output: Record<string, unknown>): AnswerBody
  writePayload(member: Member, value: unknown): AnswerBody
  readonly contentType: string
}

export function readRest(match: RestMatch, request: HttpRequest, codec: DocumentCodec): Record<string, unknown> {
  const input: Record<string, unknown> = {}
  const query = parseQuery(request.query)
  const documentMembers: Member[] = []
  for (const member of match.operation.input.members) {
    const { traits } = member
    let value: unknown
    if (traits.httpLabel) value = fromText(member, match.labels[member.name], 'date-time')
    else if (traits.httpQuery) value = fromQuery(member, query)
    else if (traits.httpQueryParams) value = Object.fromEntries(query)
    else if (traits.httpHeader) value = fromText(member, request.headers[traits.httpHeader.toLowerCase()], 'http-date')
    else if (traits.httpPrefixHeaders !== undefined) value = prefixed(request, traits.httpPrefixHeaders.toLowerCase())
    else if (traits.httpPayload)
      value = request.body.length > 0 || isBytes(member) ? readPayload(member, request, codec) : undefined
    else documentMembers.push(member)
    if (value !== undefined) input[member.name] = value
  }
  if (documentMembers.length > 0)
    Object.assign(input, codec.readDocument(documentMembers, match.operation, request.body))
  return input
}

const isBytes = (member: Member): boolean => member.shape().kind === 'blob'

function readPayload(member: Member, request: HttpRequest, codec: DocumentCodec): unknown {
  if (isBytes(member)) return request.body
  return member.shape().kind === 'string'
    ? Buffer.from(request.body).toString('utf8')
    : codec.readPayload(member, request.body)
}

function fromQuery(member: Member, query: readonly [string, string][]): unknown {
  const values = query.filter(([name]) => name === member.traits.httpQuery).map(([, value]) => value)
  if (values.length === 0) return undefined
  const shape = member.shape()
  if (shape.kind === 'list') return values.map((value) => fromText(shape.element!, value, 'date-time'))
  return fromText(member, values[0], 'date-time')
}

function prefixed(request: HttpRequest, prefix: string): Record<string, string> {
  const found = Object.entries(request.headers).filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value]))
}

/** A simple value in a header, a query or a path. */
export function fromText(member: Member, text: string | undefined, format: TimestampFormat): unknown {
  if (text === undefined) return undefined
  const shape = member.shape()
  switch (shape.kind) {
    case 'number': {
      const value = Number(text)
      if (text.trim() === '' || Number.isNaN(value)) throw badValue(member, text)
      return value
    }
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw badValue(member, text)
      return text === 'true'
    case 'timestamp': {
      const epoch = (member.format ?? format) === 'epoch-seconds'
      const value = epoch ? new Date(Number(text) * 1000) : new Date(text)
      // HTTP has it that a date which cannot be read is not there.
      return Number.isNaN(value.getTime()) ? undefined : value
    }
    case 'list':
      return text.split(',').map((part) => fromText(shape.element!, part.trim(), format))
    case 'blob':
      return new Uint8Array(Buffer.from(text, 'base64'))
    default:
      return text
  }
}

function badValue(member: Member, text: string): EngineError {
  return new EngineError('InvalidArgument', `Value '${text}' of ${member.name} is not a ${member.shape().kind}.`, {
    at: { field: member.name },
  })
}

export function writeRest(
  operation: OperationShape,
  output: Record<string, unknown>,
  codec: DocumentCodec,
): { status: number; headers: Record<string, string>; body: AnswerBody } {
  const headers: Record<string, string> = {}
  const documentMembers: Member[] = []
  let status = operation.http![2]
  let body: AnswerBody | undefined
  for (const member of operation.output.members) {
    const { traits } = member
    const value = output[member.name]
    if (traits.httpHeader) {
      if (value !== undefined && value !== null) headers[traits.httpHeader.toLowerCase()] = toText(member, value)
    } else if (traits.httpPrefixHeaders !== undefined) {
      for (const [name, text] of Object.entries((value ?? {}) as Record<string, string>))
        headers[(traits.httpPrefixHeaders + name).toLowerCase()] = text
    } else if (traits.httpResponseCode) status = Number(value ?? status)
    else if (traits.httpPayload) {
      if (value !== undefined && value !== null) body = writePayload(member, value, headers, codec)
      else body = ''
    } else documentMembers.push(member)
  }
  if (documentMembers.length > 0) {
    body = codec.writeDocument(documentMembers, operation, output)
    headers['content-type'] = codec.contentType
  }
  return { status, headers, body: body ?? '' }
}

function writePayload(
  member: Member,
  value: unknown,
  headers: Record<string, string>,
  codec: DocumentCodec,
): AnswerBody {
  const { kind } = member.shape()
  if (kind === 'blob' || kind === 'string') {
    headers['content-type'] ??= kind === 'blob' ? 'application/octet-stream' : 'text/plain'
    return value as AnswerBody
  }
  headers['content-type'] ??= codec.contentType
  return codec.writePayload(member, value)
}

function toText(member: Member, value: unknown): string {
  const shape = member.shape()
  if (value instanceof Date) return timestampText(value, member.format ?? 'http-date')
  if (Array.isArray(value)) return value.map((item) => toText(shape.element!, item)).join(', ')
  return String(value)
}
