import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface Answer {
  readonly status?: number
  readonly body: unknown
  readonly headers?: Record<string, string>
}

/** What is done with a request: answered, left without an answer, or cut off (after it was taken, if `answer` took it). */
export type Reply = Answer | 'hang' | 'cut'

/** A server of this machine that answers as a test tells it to. */
export class SmallServer implements AsyncDisposable {
  readonly asked: Asked[] = []
  private readonly server: Server

  constructor(answer: (asked: Asked) => Reply) {
    this.server = createServer((request, response) => {
      const pieces: Buffer[] = []
      request.on('data', (piece: Buffer) => pieces.push(piece))
      request.on('end', () => {
        const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x')
        const { method = '', headers } = request
        const asked = { method, path: pathname, query: searchParams, headers, body: Buffer.concat(pieces) }
        this.asked.push(asked)
        const reply = answer(asked)
        if (reply === 'hang') return
        if (reply === 'cut') return void request.socket.destroy()
        const text = typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body)
        response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers })
        response.end(text)
      })
    })
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }
}

type Trouble<T> = (asked: T) => Reply | undefined

/** An endpoint that holds Firehose to its protocol: a request that breaks it is answered 400, and the same request is taken once. */
export class HttpReceiver extends SmallServer {
  readonly taken = new Map<string, string[]>()
  readonly problems: string[] = []
  /** Instead of taking a request. */
  before: Trouble<Asked> = () => undefined
  /** Instead of the acknowledgement of a request that was taken. */
  after: Trouble<Asked> = () => undefined
  accessKey: string | undefined

  constructor() {
    super((asked) => this.take(asked))
  }

  get records(): string[] {
    return [...this.taken.values()].flat()
  }

  private take(asked: Asked): Reply {
    const trouble = this.before(asked)
    if (trouble) return trouble
    const { headers, method } = asked
    const body = headers['content-encoding'] === 'gzip' ? gunzipSync(asked.body) : asked.body
    const { requestId, timestamp, records } = JSON.parse(body.toString()) as {
      requestId: string
      timestamp: number
      records: { data: string }[]
    }
    const wrong = [
      method !== 'POST' && 'method',
      headers['content-type'] !== 'application/json' && 'content-type',
      headers['x-amz-firehose-protocol-version'] !== '1.0' && 'protocol version',
      headers['x-amz-firehose-request-id'] !== requestId && 'request id',
      !headers['x-amz-firehose-source-arn']?.includes(':deliverystream/') && 'source arn',
      headers['x-amz-firehose-access-key'] !== this.accessKey && 'access key',
      !Number.isSafeInteger(timestamp) && 'timestamp',
      Number(headers['content-length']) !== asked.body.length && 'content-length',
    ].filter((each) => each !== false)
    if (wrong.length > 0) {
      this.problems.push(...wrong)
      return { status: 400, body: { requestId, timestamp, errorMessage: `wrong ${wrong.join(', ')}` } }
    }
    const texts = records.map(({ data }) => Buffer.from(data, 'base64').toString())
    const known = this.taken.get(requestId)
    if (known && JSON.stringify(known) !== JSON.stringify(texts))
      this.problems.push('another request under an id in use')
    this.taken.set(requestId, texts)
    return this.after(asked) ?? { body: { requestId, timestamp } }
  }
}

/** Splunk's collector: takes events on a channel, and acknowledges them when it is asked for them. */
export class SplunkReceiver extends SmallServer {
  readonly taken: string[] = []
  readonly problems: string[] = []
  before: Trouble<Asked> = () => undefined
  /** How often an acknowledgement is refused before it is given. */
  askedBefore = 1
  private readonly acks = new Map<string, { body: string; asked: number }>()

  constructor() {
    super((asked) => this.take(asked))
  }

  private take(asked: Asked): Reply {
    const trouble = this.before(asked)
    if (trouble) return trouble
    const { headers, path, query, body } = asked
    const channel = query.get('channel')
    if (headers.authorization !== 'Splunk a-token') return { status: 403, body: { text: 'Invalid token', code: 4 } }
    if (!channel || headers['x-splunk-request-channel'] !== channel) this.problems.push('channel')
    if (path === '/services/collector/ack') {
      const { acks } = JSON.parse(body.toString()) as { acks: number[] }
      return { body: { acks: Object.fromEntries(acks.map((ack) => [ack, this.acknowledge(`${channel}/${ack}`)])) } }
    }
    if (path !== '/services/collector/raw' && path !== '/services/collector/event')
      return { status: 404, body: 'The requested URL was not found on this server.' }
    const ackId = this.acks.size
    this.acks.set(`${channel}/${ackId}`, { body: body.toString(), asked: 0 })
    return { body: { text: 'Success', code: 0, ackId } }
  }

  /** What was sent is indexed once it is acknowledged. */
  private acknowledge(id: string): boolean {
    const waiting = this.acks.get(id)
    if (!waiting || waiting.asked++ < this.askedBefore) return false
    if (waiting.asked === this.askedBefore + 1) this.taken.push(waiting.body)
    return true
  }
}

export interface BulkAction {
  readonly _index: string
  readonly _id?: string
  readonly _type?: string
}

/** OpenSearch's bulk API over indexes in memory. */
export class OpenSearchReceiver extends SmallServer {
  readonly indexes = new Map<string, Map<string, string>>()
  before: Trouble<Asked> = () => undefined
  after: Trouble<Asked> = () => undefined
  /** The status of a document that is not indexed. */
  reject: (document: string, action: BulkAction) => number | undefined = () => undefined
  readonly actions: BulkAction[] = []

  constructor() {
    super((asked) => this.take(asked))
  }

  documents(index: string): string[] {
    return [...(this.indexes.get(index)?.values() ?? [])]
  }

  private take(asked: Asked): Reply {
    const trouble = this.before(asked)
    if (trouble) return trouble
    if (asked.path !== '/_bulk' || asked.headers['content-type'] !== 'application/x-ndjson')
      return { status: 400, body: { error: 'this is no bulk request' } }
    const lines = asked.body.toString().split('\n')
    if (lines.pop() !== '') return { status: 400, body: { error: 'The bulk request must be terminated by a newline' } }
    const items: object[] = []
    for (let i = 0; i < lines.length; i += 2) {
      const { index: action } = JSON.parse(lines[i]) as { index: BulkAction }
      items.push({ index: this.index(action, lines[i + 1]) })
    }
    return this.after(asked) ?? { body: { errors: true, items } }
  }

  private index(action: BulkAction, document: string): object {
    this.actions.push(action)
    const status = this.reject(document, action)
    if (status !== undefined) return { status, error: { type: 'some_exception', reason: `refused with ${status}` } }
    JSON.parse(document)
    const index = this.indexes.get(action._index) ?? new Map<string, string>()
    this.indexes.set(action._index, index)
    index.set(action._id ?? `auto-${index.size}`, document)
    return { status: 201 }
  }
}
