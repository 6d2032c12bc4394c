import { contracts } from '../contract.ts'
import { defineEngine } from '../define.ts'
import { answerRequest, type ServiceAnswer } from '../kit/node/aws/answer.ts'
import { unchunk } from '../kit/node/aws/chunked.ts'
import { answerError } from '../kit/node/aws/errors.ts'
import type { HttpAnswer, HttpRequest } from '../kit/node/aws/http.ts'
import { inflate } from '../kit/node/aws/inflate.ts'
import { type Listener, listen, type RequestHead } from '../kit/node/aws/listener.ts'
import { type AwsService, spokenTo } from '../kit/node/aws/service.ts'
import { type KeyPair, requireUnexpired, type Verified, verifySignature } from '../kit/node/aws/sigv4.ts'
import { foreignHost, foreignPage, isFromForeignPage } from '../kit/node/loopback.ts'
import { realTime } from '../kit/node/real-time.ts'
import { EngineError } from '../kit/pure/errors.ts'
import { DEFAULT_REGION } from '../kit/pure/ids.ts'
import { type AwsEntry, registry } from '../registry.ts'
import { admitPage, answerPreflight } from './cors.ts'
import { invoke, membersOf } from './operations.ts'
import { requestIds, requestLog } from './requests.ts'
import { answerWithoutService, type ServiceDoor, serviceDirectory } from './services.ts'

const MIB = 1024 * 1024
/** S3 bodies are held in memory; larger objects go up in parts, as the stock clients do from 5 or 8 MiB on. */
const S3_BODY_BYTES_MAX = 65 * MIB
/** PutRecords is up to 10 MiB, in base64 and JSON somewhat more. */
const BODY_BYTES_MAX = 16 * MIB

const DEFAULT_PORT = 4566
const PORTS_TRIED = 100

export const engine = defineEngine({
  name: 'gate',
  needs: Object.keys(contracts).filter((name) => name !== 'gate') as Exclude<keyof typeof contracts, 'gate'>[],
  async start(context) {
    const { clients, clock, random, log, settings } = context
    const wanted = typeof settings.port === 'number' ? settings.port : DEFAULT_PORT
    const given = (settings.services as AwsEntry[] | undefined) ?? []
    const replaced = new Set(given.map(({ signingName }) => signingName))
    const entries = Object.values(registry).flatMap(({ aws = [] }) =>
      [aws].flat().filter(({ signingName }) => !replaced.has(signingName)),
    )
    const directory = serviceDirectory([...entries, ...given])
    const requests = requestLog()
    const nextId = requestIds(random)
    let endpoint = ''

    /** Whatever a bucket's rules say, a page of another origin needs a signature of the workspace's own key. */
    const keys = async ({ entry }: ServiceDoor, head: RequestHead, foreign: boolean): Promise<KeyPair | undefined> =>
      settings.signatures === 'verify' || entry.runsCode || tellsSecrets(entry, head) || foreign
        ? await clients.workspace.credentials({})
        : undefined

    const answer = async (head: RequestHead, signal: AbortSignal): Promise<HttpAnswer> => {
      const startedMs = realTime.monotonicMs()
      const requestId = nextId()
      const seen = { service: '', operation: '', requestBytes: 0 }
      const answered = await respond(head, requestId, signal, seen)
      if (requests.watched) {
        const { body, status, errorCode } = answered
        requests.add({
          ...seen,
          timeMs: clock.now(),
          status,
          durationMs: realTime.monotonicMs() - startedMs,
          responseBytes:
            typeof body === 'string' ? Buffer.byteLength(body) : ArrayBuffer.isView(body) ? body.length : 0,
          ...(errorCode !== undefined && { errorCode }),
        })
      }
      answered.headers['x-amzn-requestid'] = requestId
      // An object may be a page. Shown by a browser, it is of no origin: at ours it could ask every engine.
      if ('sec-fetch-site' in head.headers) answered.headers['content-security-policy'] = 'sandbox'
      return answered
    }

    const respond = async (
      head: RequestHead,
      requestId: string,
      signal: AbortSignal,
      seen: { service: string; operation: string; requestBytes: number },
    ): Promise<HttpAnswer> => {
      const refuse = (error: EngineError) => ({ ...answerWithoutService(head, error, requestId), status: 403 })
      const elsewhere = foreignHost(head.headers)
      if (elsewhere) return refuse(elsewhere)
      const foreign = isFromForeignPage(head.headers)
      const { door, name, region } = directory.find(head)
      if (foreign && !door?.isS3) return refuse(foreignPage())
      seen.service = name
      if (!door) return answerWithoutService(head, unknownService(name, directory.names), requestId)
      const service = spokenTo(await door.load(), head.headers)
      seen.service = service.name
      let request: HttpRequest
      let page: Record<string, string> | undefined
      try {
        if (door.isS3 && head.method === 'OPTIONS') return await answerPreflight(head, clients.lake)
        page = foreign ? await admitPage(service, head, clients.lake) : {}
        if (!page) throw foreignPage()
        request = await receive(head, door, await keys(door, head, foreign))
      } catch (thrown) {
        const early = answerEarly(service, head, thrown, requestId)
        return { ...early, headers: { ...early.headers, ...page } }
      }
      seen.requestBytes = request.body.length
      const answered: ServiceAnswer = await answerRequest(service, request, {
        clients,
        region: region ?? DEFAULT_REGION,
        requestId,
        nowMs: clock.now(),
        signal,
        endpoint,
        report: (operation, thrown) => log.error(`${operation} failed by a fault of Millrace`, thrown),
      })
      seen.operation = answered.operation
      if (door.isS3) Object.assign(answered.headers, page, { 'x-amz-request-id': requestId })
      return answered
    }

    const serviceNamed = async (name: string): Promise<AwsService> => {
      const door = directory.named(name)
      if (!door) throw unknownService(name, directory.names)
      return door.load()
    }

    const listener = await listenFrom(wanted, {
      answer,
      refuse: (head, error) => answerWithoutService(head, error, nextId()),
    })
    endpoint = `http://127.0.0.1:${listener.port}`
    if (listener.port !== wanted && wanted !== 0) log.warn(`Port ${wanted} is taken: the AWS endpoint is ${endpoint}`)
    return {
      handlers: {
        status: () => ({ port: listener.port, wanted, url: endpoint }),
        watchRequests: (_input, { signal }) => requests.watch(signal),
        describeOperation: async ({ service, operation }) => membersOf(await serviceNamed(service), operation),
        invoke: async ({ service, operation, input }, { signal }) => ({
          output: await invoke(await serviceNamed(service), operation, input, {
            clients,
            region: DEFAULT_REGION,
            requestId: nextId(),
            nowMs: clock.now(),
            signal,
            endpoint,
            report: (thrown) => log.error(`${service}.${operation} failed by a fault of Millrace`, thrown),
          }),
        }),
      },
      stop: () => listener.close(),
    }
  },
})

/** Body, signature and framing of a request, so that the service gets the bytes that were meant. */
async function receive(head: RequestHead, door: ServiceDoor, keys: KeyPair | undefined): Promise<HttpRequest> {
  const body = await head.body(door.isS3 ? S3_BODY_BYTES_MAX : BODY_BYTES_MAX)
  const request: HttpRequest = { method: head.method, path: head.path, query: head.query, headers: head.headers, body }
  const verified: Verified | undefined = keys && verifySignature(request, keys, realTime.now(), door.isS3)
  if (!verified) requireUnexpired(request, realTime.now())
  const whole = unchunk(request, verified)
  // S3 keeps an object's bytes as they are, whatever their encoding is called.
  return door.isS3 ? whole : inflate(whole, BODY_BYTES_MAX)
}

function answerEarly(service: AwsService, head: RequestHead, thrown: unknown, requestId: string): HttpAnswer {
  const error = EngineError.from(thrown)
  return answerError(service, service.error?.(error, '') ?? error, {
    operation: '',
    path: head.path,
    requestId,
    encoding: head.headers['content-type']?.includes('cbor') ? 'cbor' : 'json',
    head: head.method === 'HEAD',
  })
}

function tellsSecrets({ target, tellsSecrets = [] }: AwsEntry, { headers }: RequestHead): boolean {
  return tellsSecrets.some((operation) => headers['x-amz-target'] === `${target}.${operation}`)
}

function unknownService(name: string, names: readonly string[]): EngineError {
  return new EngineError(
    'UnknownOperationException',
    `Millrace does not offer the service ${name}. It offers ${names.join(', ')}.`,
  )
}

/** The wanted port, or the next that is free. */
async function listenFrom(wanted: number, options: Parameters<typeof listen>[1]): Promise<Listener> {
  for (let port = wanted; ; port++) {
    try {
      return await listen(port, options)
    } catch (thrown) {
      const { code } = thrown as { code?: string }
      if ((code !== 'EADDRINUSE' && code !== 'EACCES') || port === wanted + PORTS_TRIED || port >= 65_535)
        throw new EngineError('PortUnavailable', `No port from ${wanted} on could be opened for the AWS endpoint.`, {
          domain: 'external',
          cause: thrown,
        })
    }
  }
}
