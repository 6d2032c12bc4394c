import type { SplunkDestinationConfiguration } from '@aws-sdk/client-firehose'
import { z } from 'zod'
import { type Opened, secret } from '../../kit/node/secrets.ts'
import type { ClockTask } from '../../kit/pure/clock.ts'
import {
  type AttemptResult,
  defineDestination,
  type EndpointFailure,
  type EndpointParts,
  type Pusher,
  type SendRequest,
} from './define.ts'
import { call, EndpointUrl, HeaderText, type HttpAnswer, jsonObject, NoAnswer, shortened } from './http.ts'

const Config = z.strictObject({
  hecEndpoint: EndpointUrl,
  hecEndpointType: z.enum(['Raw', 'Event']),
  hecToken: secret(HeaderText.min(1).max(2048)),
  acknowledgmentSeconds: z.number().int().min(180).max(600).default(180),
  retrySeconds: z.number().int().min(0).max(7200).default(300),
})
type Config = z.infer<typeof Config>

/** Engine time between two questions after an acknowledgement. */
const ASK_EVERY_MS = 5_000

/** Splunk's HTTP Event Collector: a request is sent, then asked after until the indexer has acknowledged it. */
export const splunk = defineDestination<Config>({
  kind: 'splunk',
  config: Config as z.ZodType<Config>,
  fields: {
    hecEndpoint: 'HECEndpoint',
    hecEndpointType: 'HECEndpointType',
    hecToken: 'HECToken',
    acknowledgmentSeconds: 'HECAcknowledgmentTimeoutInSeconds',
    retrySeconds: 'RetryOptions.DurationInSeconds',
  },
  secrets: ['hecToken'],
  awsMembers: ['SplunkDestination'],
  awsMember: () => 'SplunkDestination',
  errorType: 'splunk-failed',
  hints: { sizeInMBs: { min: 1, max: 5, usual: 5 }, intervalInSeconds: { min: 0, max: 60, usual: 60 } },
  backupModes: { all: 'AllEvents', failed: 'FailedEventsOnly' },
  fromAws: (form: SplunkDestinationConfiguration, before) => ({
    ...before,
    ...(form.HECEndpoint !== undefined && { hecEndpoint: form.HECEndpoint }),
    ...(form.HECEndpointType !== undefined && { hecEndpointType: form.HECEndpointType }),
    ...(form.HECToken !== undefined && { hecToken: form.HECToken }),
    ...(form.HECAcknowledgmentTimeoutInSeconds !== undefined && {
      acknowledgmentSeconds: form.HECAcknowledgmentTimeoutInSeconds,
    }),
    ...(form.RetryOptions && { retrySeconds: form.RetryOptions.DurationInSeconds }),
  }),
  toAws: ({ hecEndpoint, hecEndpointType, acknowledgmentSeconds, retrySeconds }) => ({
    HECEndpoint: hecEndpoint,
    HECEndpointType: hecEndpointType,
    HECAcknowledgmentTimeoutInSeconds: acknowledgmentSeconds,
    RetryOptions: { DurationInSeconds: retrySeconds },
  }),
  pushes: true,
  open: (config, parts) => new SplunkPusher(config, parts),
})

class SplunkPusher implements Pusher {
  private readonly config: Opened<Config>
  private readonly parts: EndpointParts

  constructor(config: Opened<Config>, parts: EndpointParts) {
    this.config = config
    this.parts = parts
  }

  async send({ id, entries, task, signal }: SendRequest): Promise<AttemptResult> {
    const body = Buffer.concat(entries.map(({ content }) => content))
    const failure = await this.attempt(id, body, task, signal)
    const unsent = failure ? entries.map((entry) => ({ entry, failure: { ...failure, details: eventId(entry) } })) : []
    return failure && REFUSED.has(failure.code) ? { again: [], refused: unsent } : { again: unsent, refused: [] }
  }

  /** The channel is the request's id, so that an acknowledgement can be no other request's. */
  private async attempt(
    channel: string,
    body: Uint8Array,
    task: ClockTask,
    signal: AbortSignal,
  ): Promise<EndpointFailure | undefined> {
    try {
      const path = this.config.hecEndpointType === 'Raw' ? 'raw' : 'event'
      const answer = await this.call(`/services/collector/${path}`, channel, body, signal)
      const refused = refusal(answer)
      if (refused) return refused
      const ackId = jsonObject(answer.text)?.ackId
      if (!Number.isSafeInteger(ackId))
        return {
          code: 'Splunk.DisabledAck',
          message: 'Splunk answered no ackId: acknowledgement is disabled for this token.',
        }
      return await this.acknowledged(channel, ackId as number, task, signal)
    } catch (thrown) {
      if (!(thrown instanceof NoAnswer)) throw thrown
      return {
        code: thrown.problem === 'timeout' ? 'Splunk.ConnectionTimeout' : 'Splunk.ConnectionClosed',
        message: thrown.message,
      }
    }
  }

  private async acknowledged(
    channel: string,
    ackId: number,
    task: ClockTask,
    signal: AbortSignal,
  ): Promise<EndpointFailure | undefined> {
    const { now } = this.parts
    const { acknowledgmentSeconds } = this.config
    for (const end = now() + acknowledgmentSeconds * 1000; ; ) {
      const answer = await this.call('/services/collector/ack', channel, JSON.stringify({ acks: [ackId] }), signal)
      const refused = refusal(answer)
      if (refused) return refused
      const acks = jsonObject(answer.text)?.acks as Record<string, unknown> | undefined
      if (acks?.[String(ackId)] === true) return undefined
      if (now() >= end)
        return {
          code: 'Splunk.AckTimeout',
          message: `Splunk did not acknowledge the request in ${acknowledgmentSeconds} s.`,
        }
      await task.sleep(Math.min(ASK_EVERY_MS, end - now()), signal)
    }
  }

  private call(path: string, channel: string, body: Uint8Array | string, signal: AbortSignal): Promise<HttpAnswer> {
    const url = new URL(this.config.hecEndpoint)
    url.pathname = `${url.pathname.replace(/\/$/, '')}${path}`
    url.searchParams.set('channel', channel)
    const headers = {
      authorization: `Splunk ${this.config.hecToken}`,
      'x-splunk-request-channel': channel,
      'content-type': typeof body === 'string' ? 'application/json' : 'application/octet-stream',
    }
    return call({ url: url.href, headers, body, timeoutMs: this.parts.timeoutMs, signal })
  }
}

const eventId = ({ origin, position, piece }: { origin: string; position: number; piece: number }) => ({
  EventId: `${origin}.${position}.${piece}`,
})

/** HEC's own codes in its answers; what is not among them goes by the status. */
const HEC_CODES: Readonly<Record<number, string>> = {
  1: 'Splunk.DisabledToken',
  2: 'Splunk.InvalidToken',
  3: 'Splunk.InvalidToken',
  4: 'Splunk.InvalidToken',
  5: 'Splunk.InvalidDataFormat',
  6: 'Splunk.InvalidDataFormat',
  7: 'Splunk.InvalidIndex',
  8: 'Splunk.ServerError',
  9: 'Splunk.IndexerBusy',
  10: 'Splunk.InvalidDataFormat',
  12: 'Splunk.InvalidDataFormat',
  13: 'Splunk.InvalidDataFormat',
  14: 'Splunk.DisabledAck',
}

/** What another attempt cannot mend: the data themselves. */
const REFUSED: ReadonlySet<string> = new Set(['Splunk.InvalidDataFormat', 'Splunk.ServerError.ContentTooLarge'])

function refusal({ status, text }: HttpAnswer): EndpointFailure | undefined {
  if (status === 200) return undefined
  const said = jsonObject(text)
  const message = `Splunk answered ${status}: ${shortened(typeof said?.text === 'string' ? said.text : text)}`
  if (status === 404) return { code: 'Splunk.URLNotFound', message }
  if (status === 413) return { code: 'Splunk.ServerError.ContentTooLarge', message }
  if (status === 503) return { code: 'Splunk.IndexerBusy', message }
  return { code: HEC_CODES[said?.code as number] ?? 'Splunk.ServerError', message }
}
