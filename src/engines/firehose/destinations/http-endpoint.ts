import { gzipSync } from 'node:zlib'
import type { HttpEndpointDestinationConfiguration } from '@aws-sdk/client-firehose'
import { z } from 'zod'
import { type Opened, secret } from '../../kit/node/secrets.ts'
import {
  type AttemptResult,
  defineDestination,
  type EndpointFailure,
  type EndpointParts,
  type Pusher,
  type SendRequest,
} from './define.ts'
import { asciiJson, call, EndpointUrl, HeaderText, type HttpAnswer, jsonObject, NoAnswer, shortened } from './http.ts'

const Config = z.strictObject({
  url: EndpointUrl,
  name: z.string().optional(),
  accessKey: secret(HeaderText.max(4096)).optional(),
  contentEncoding: z.enum(['NONE', 'GZIP']).default('NONE'),
  commonAttributes: z
    .record(z.string().regex(/\S/).max(256), z.string().max(1024))
    .refine((attributes) => Object.keys(attributes).length <= 50, 'at most 50 are sent')
    .default({}),
  retrySeconds: z.number().int().min(0).max(7200).default(300),
})
type Config = z.infer<typeof Config>

/** Any HTTP endpoint that speaks Firehose's own protocol (Firehose guide, "HTTP endpoint delivery request and response specifications"). */
export const httpEndpoint = defineDestination<Config>({
  kind: 'http-endpoint',
  config: Config as z.ZodType<Config>,
  fields: {
    url: 'EndpointConfiguration.Url',
    name: 'EndpointConfiguration.Name',
    accessKey: 'EndpointConfiguration.AccessKey',
    contentEncoding: 'RequestConfiguration.ContentEncoding',
    commonAttributes: 'RequestConfiguration.CommonAttributes',
    retrySeconds: 'RetryOptions.DurationInSeconds',
  },
  secrets: ['accessKey'],
  awsMembers: ['HttpEndpointDestination'],
  awsMember: () => 'HttpEndpointDestination',
  errorType: 'http-endpoint-failed',
  hints: { sizeInMBs: { min: 1, max: 64, usual: 5 }, intervalInSeconds: { min: 0, max: 900, usual: 300 } },
  backupModes: { all: 'AllData', failed: 'FailedDataOnly' },
  fromAws(form: HttpEndpointDestinationConfiguration, before) {
    const { EndpointConfiguration: endpoint, RequestConfiguration: request, RetryOptions: retry } = form
    const attributes = request?.CommonAttributes?.map(({ AttributeName, AttributeValue }) => [
      AttributeName,
      AttributeValue,
    ])
    return {
      ...before,
      ...(endpoint && { url: endpoint.Url, name: endpoint.Name, accessKey: endpoint.AccessKey }),
      ...(request && {
        contentEncoding: request.ContentEncoding,
        commonAttributes: attributes && Object.fromEntries(attributes),
      }),
      ...(retry && { retrySeconds: retry.DurationInSeconds }),
    }
  },
  toAws: ({ url, name, contentEncoding, commonAttributes, retrySeconds }) => ({
    EndpointConfiguration: { Url: url, Name: name },
    RequestConfiguration: {
      ContentEncoding: contentEncoding,
      CommonAttributes: Object.entries(commonAttributes).map(([AttributeName, AttributeValue]) => ({
        AttributeName,
        AttributeValue,
      })),
    },
    RetryOptions: { DurationInSeconds: retrySeconds },
  }),
  pushes: true,
  open: (config, parts) => new HttpPusher(config, parts),
})

/** A request is taken as a whole or not at all: the answer must repeat its id, with status 200 and no error. */
class HttpPusher implements Pusher {
  private readonly config: Opened<Config>
  private readonly parts: EndpointParts

  constructor(config: Opened<Config>, parts: EndpointParts) {
    this.config = config
    this.parts = parts
  }

  async send({ id, entries, signal }: SendRequest): Promise<AttemptResult> {
    const failure = await this.attempt(id, this.body(id, entries), signal)
    return { again: failure ? entries.map((entry) => ({ entry, failure })) : [], refused: [] }
  }

  private body(requestId: string, entries: SendRequest['entries']): Uint8Array {
    const records = entries.map(({ content }) => ({ data: Buffer.from(content).toString('base64') }))
    const text = JSON.stringify({ requestId, timestamp: this.parts.now(), records })
    return this.config.contentEncoding === 'GZIP' ? gzipSync(text) : Buffer.from(text)
  }

  private async attempt(id: string, body: Uint8Array, signal: AbortSignal): Promise<EndpointFailure | undefined> {
    const { url, accessKey, commonAttributes, contentEncoding } = this.config
    const headers = {
      'content-type': 'application/json',
      'X-Amz-Firehose-Protocol-Version': '1.0',
      'X-Amz-Firehose-Request-Id': id,
      'X-Amz-Firehose-Source-Arn': this.parts.deliveryStreamArn,
      ...(accessKey && { 'X-Amz-Firehose-Access-Key': accessKey }),
      ...(Object.keys(commonAttributes).length > 0 && {
        'X-Amz-Firehose-Common-Attributes': asciiJson({ commonAttributes }),
      }),
      ...(contentEncoding === 'GZIP' && { 'content-encoding': 'gzip' }),
    }
    try {
      return refusal(await call({ url, headers, body, timeoutMs: this.parts.timeoutMs, signal }), id)
    } catch (thrown) {
      if (!(thrown instanceof NoAnswer)) throw thrown
      return { code: CODES[thrown.problem], message: thrown.message }
    }
  }
}

const CODES = {
  timeout: 'HttpEndpoint.RequestTimeout',
  'too-large': 'HttpEndpoint.ResponseTooLarge',
  failed: 'HttpEndpoint.ConnectionFailed',
} as const

/** Why an answer is no acknowledgement. */
function refusal({ status, contentType, text }: HttpAnswer, id: string): EndpointFailure | undefined {
  const answer = /^application\/json\b/i.test(contentType) ? jsonObject(text) : undefined
  if (status !== 200) {
    const said = typeof answer?.errorMessage === 'string' ? answer.errorMessage : text
    return { code: 'HttpEndpoint.DestinationException', message: `The endpoint answered ${status}: ${shortened(said)}` }
  }
  const invalid = (message: string) => ({ code: 'HttpEndpoint.InvalidResponseFromDestination', message })
  if (!answer) return invalid(`The endpoint's answer is no JSON object of type application/json: ${shortened(text)}`)
  if (answer.requestId !== id)
    return invalid(`The endpoint answered the requestId ${JSON.stringify(answer.requestId)}, not ${id}.`)
  if (!Number.isSafeInteger(answer.timestamp)) return invalid('The endpoint answered no timestamp in milliseconds.')
  return undefined
}
