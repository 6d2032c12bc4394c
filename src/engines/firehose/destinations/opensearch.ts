import { createHash } from 'node:crypto'
import type { AmazonopensearchserviceDestinationConfiguration } from '@aws-sdk/client-firehose'
import { z } from 'zod'
import { formatter } from '../../kit/pure/expr/index.ts'
import type { Entry } from '../buffers.ts'
import {
  type AttemptResult,
  defineDestination,
  type EndpointFailure,
  type EndpointParts,
  type Pusher,
  type SendRequest,
  type Unsent,
} from './define.ts'
import { call, EndpointUrl, jsonObject, NoAnswer, shortened } from './http.ts'

/** What cluster endpoints are called in the API, by the member that described them. */
const MEMBERS = ['AmazonopensearchserviceDestination', 'ElasticsearchDestination'] as const

const Config = z.strictObject({
  member: z.enum(MEMBERS).default('AmazonopensearchserviceDestination'),
  clusterEndpoint: EndpointUrl,
  indexName: z
    .string()
    .regex(
      /^[^A-Z_+\-\\/*?"<>| ,#:!{][^A-Z\\/*?"<>| ,#:!{]{0,79}$/,
      'it must be the name of an index: lower case, without \\ / * ? " < > | , # : and space',
    ),
  typeName: z.string().max(100).default(''),
  rotation: z.enum(['NoRotation', 'OneHour', 'OneDay', 'OneWeek', 'OneMonth']).default('OneDay'),
  documentIds: z.enum(['FIREHOSE_DEFAULT', 'NO_DOCUMENT_ID']).default('FIREHOSE_DEFAULT'),
  retrySeconds: z.number().int().min(0).max(7200).default(300),
})
type Config = z.infer<typeof Config>

/** A document goes into the index of its arrival, in UTC. */
const SUFFIX: Readonly<Record<Config['rotation'], (ms: number) => string>> = {
  NoRotation: () => '',
  OneHour: formatter("'-'yyyy-MM-dd-HH") as (ms: number) => string,
  OneDay: formatter("'-'yyyy-MM-dd") as (ms: number) => string,
  OneWeek: formatter("'-'YYYY-'w'ww") as (ms: number) => string,
  OneMonth: formatter("'-'yyyy-MM") as (ms: number) => string,
}

/** OpenSearch and Elasticsearch: documents by the bulk API. Requests are not signed; a cluster of one's own machine asks for no signature. */
export const openSearch = defineDestination<Config>({
  kind: 'opensearch',
  config: Config as z.ZodType<Config>,
  fields: {
    member: 'AmazonopensearchserviceDestinationConfiguration',
    clusterEndpoint: 'ClusterEndpoint',
    indexName: 'IndexName',
    typeName: 'TypeName',
    rotation: 'IndexRotationPeriod',
    documentIds: 'DocumentIdOptions.DefaultDocumentIdFormat',
    retrySeconds: 'RetryOptions.DurationInSeconds',
  },
  awsMembers: MEMBERS,
  awsMember: ({ member }) => member,
  errorType: 'AmazonOpenSearchService-failed',
  hints: { sizeInMBs: { min: 1, max: 100, usual: 5 }, intervalInSeconds: { min: 0, max: 900, usual: 300 } },
  backupModes: { all: 'AllDocuments', failed: 'FailedDocumentsOnly' },
  fromAws: (form: AmazonopensearchserviceDestinationConfiguration, before, member) => ({
    ...before,
    member,
    ...(form.ClusterEndpoint !== undefined && { clusterEndpoint: form.ClusterEndpoint }),
    ...(form.IndexName !== undefined && { indexName: form.IndexName }),
    ...(form.TypeName !== undefined && { typeName: form.TypeName }),
    ...(form.IndexRotationPeriod !== undefined && { rotation: form.IndexRotationPeriod }),
    ...(form.DocumentIdOptions && { documentIds: form.DocumentIdOptions.DefaultDocumentIdFormat }),
    ...(form.RetryOptions && { retrySeconds: form.RetryOptions.DurationInSeconds }),
  }),
  toAws: ({ clusterEndpoint, indexName, typeName, rotation, documentIds, retrySeconds }) => ({
    ClusterEndpoint: clusterEndpoint,
    IndexName: indexName,
    ...(typeName && { TypeName: typeName }),
    IndexRotationPeriod: rotation,
    DocumentIdOptions: { DefaultDocumentIdFormat: documentIds },
    RetryOptions: { DurationInSeconds: retrySeconds },
  }),
  pushes: true,
  open: (config, parts) => new OpenSearchPusher(config, parts),
})

interface Document {
  readonly entry: Entry
  readonly index: string
  readonly id: string | undefined
  readonly text: string
}

const decoder = new TextDecoder('utf-8', { fatal: true })

class OpenSearchPusher implements Pusher {
  private readonly config: Config
  private readonly parts: EndpointParts

  constructor(config: Config, parts: EndpointParts) {
    this.config = config
    this.parts = parts
  }

  async send({ entries, signal }: SendRequest): Promise<AttemptResult> {
    const refused: Unsent[] = []
    const documents: Document[] = []
    for (const entry of entries) {
      const document = this.document(entry)
      if ('code' in document) refused.push({ entry, failure: document })
      else documents.push(document)
    }
    if (documents.length === 0) return { again: [], refused }
    const again: Unsent[] = []
    const answer = await this.bulk(documents, signal)
    documents.forEach((document, i) => {
      const failure = Array.isArray(answer) ? answer[i] : answer
      if (!failure) return
      const unsent = { entry: document.entry, failure: { ...failure, details: this.details(document) } }
      if (PASSING.has(failure.code)) again.push(unsent)
      else refused.push(unsent)
    })
    return { again, refused }
  }

  /** Ids follow from where a record came from, so that a document sent twice is one document. */
  private document(entry: Entry): Document | EndpointFailure {
    const { origin, position, piece, arrivalMs, content } = entry
    const index = this.config.indexName + SUFFIX[this.config.rotation](arrivalMs)
    const named = `${this.parts.deliveryStreamArn}/${origin}/${position}/${piece}`
    const id =
      this.config.documentIds === 'NO_DOCUMENT_ID' ? undefined : createHash('sha256').update(named).digest('base64url')
    try {
      const text = decoder.decode(content)
      const value: unknown = JSON.parse(text)
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError('it is no object')
      // Line ends between a document's members mean nothing in JSON, and its end in a bulk request.
      return { entry, index, id, text: text.replace(/[\r\n]+/g, ' ') }
    } catch (thrown) {
      const message = `The record is not a JSON object: ${thrown instanceof Error ? thrown.message : thrown}`
      return { code: '400', message, details: this.details({ index, id }) }
    }
  }

  private details({ index, id }: Pick<Document, 'index' | 'id'>): Record<string, unknown> {
    return { esDocumentId: id, esIndexName: index, esTypeName: this.config.typeName }
  }

  /** By document, why it was not indexed; or why the whole request failed. */
  private async bulk(
    documents: readonly Document[],
    signal: AbortSignal,
  ): Promise<(EndpointFailure | undefined)[] | EndpointFailure> {
    const { clusterEndpoint, typeName } = this.config
    let body = ''
    for (const { index, id, text } of documents)
      body += `${JSON.stringify({ index: { _index: index, ...(typeName && { _type: typeName }), _id: id } })}\n${text}\n`
    const headers = { 'content-type': 'application/x-ndjson' }
    const url = `${clusterEndpoint.replace(/\/$/, '')}/_bulk`
    try {
      const { status, text } = await call({ url, headers, body, timeoutMs: this.parts.timeoutMs, signal })
      if (status !== 200) return { code: String(status), message: `OpenSearch answered ${status}: ${shortened(text)}` }
      const items = jsonObject(text)?.items
      if (!Array.isArray(items) || items.length !== documents.length)
        return {
          code: 'OS.InvalidResponse',
          message: `OpenSearch's answer does not account for ${documents.length} documents: ${shortened(text)}`,
        }
      return items.map(itemFailure)
    } catch (thrown) {
      if (!(thrown instanceof NoAnswer)) throw thrown
      return {
        code: thrown.problem === 'timeout' ? 'OS.RequestTimeout' : 'OS.ConnectionFailed',
        message: thrown.message,
      }
    }
  }
}

/** What another attempt may mend. */
const PASSING: ReadonlySet<string> = new Set([
  'OS.RequestTimeout',
  'OS.ConnectionFailed',
  'OS.InvalidResponse',
  '401',
  '403',
  '404',
  '408',
  '429',
  '500',
  '502',
  '503',
  '504',
])

function itemFailure(item: unknown): EndpointFailure | undefined {
  const { status, error } = ((item as { index?: unknown } | null)?.index ?? {}) as { status?: unknown; error?: unknown }
  if (typeof status === 'number' && status >= 200 && status < 300) return undefined
  const { type, reason } = (error ?? {}) as { type?: string; reason?: string }
  return {
    code: String(status ?? 'OS.InvalidResponse'),
    message: shortened([type, reason].filter(Boolean).join(': ') || JSON.stringify(error ?? item)),
  }
}
