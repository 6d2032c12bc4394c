import { answerError } from '../kit/node/aws/errors.ts'
import type { HttpAnswer } from '../kit/node/aws/http.ts'
import type { RequestHead } from '../kit/node/aws/listener.ts'
import { type AwsService, defineService, joinServices } from '../kit/node/aws/service.ts'
import { scopeOf } from '../kit/node/aws/sigv4.ts'
import type { EngineError } from '../kit/pure/errors.ts'
import type { AwsEntry } from '../registry.ts'

/** A service that answers here: how it is known in a request, and its table once loaded, of one engine or joined from several. */
export class ServiceDoor {
  readonly entry: AwsEntry
  private readonly entries: readonly AwsEntry[]
  private loading: Promise<AwsService> | undefined

  constructor(entries: readonly AwsEntry[]) {
    this.entry = entries[0]
    this.entries = entries
  }

  get isS3(): boolean {
    return this.entry.signingName === 's3'
  }

  /** The table is loaded with its client package on the first request, for a package costs memory. */
  async load(): Promise<AwsService> {
    this.loading ??= Promise.all(this.entries.map((entry) => entry.load())).then((loaded) =>
      joinServices(loaded.map(({ service }) => service)),
    )
    try {
      return await this.loading
    } catch (thrown) {
      this.loading = undefined
      throw thrown
    }
  }
}

export type Directory = ReturnType<typeof serviceDirectory>

/** Finds the service of a request: by its target header, else by its signature's scope; unsigned requests without either are S3's. */
export function serviceDirectory(entries: readonly AwsEntry[]) {
  const doors = [...Map.groupBy(entries, (entry) => entry.signingName).values()].map((parts) => new ServiceDoor(parts))
  const byTarget = new Map(doors.filter((d) => d.entry.target).map((d) => [d.entry.target, d]))
  const byName = new Map(doors.map((d) => [d.entry.signingName, d]))
  return {
    names: [...byName.keys()].sort(),
    named: (name: string): ServiceDoor | undefined => byName.get(name),
    find(head: RequestHead): { door: ServiceDoor | undefined; name: string; region: string | undefined } {
      const scope = scopeOf({ ...head, body: NO_BODY })
      const target = head.headers['x-amz-target']
      if (target !== undefined) {
        const prefix = target.slice(0, Math.max(0, target.lastIndexOf('.')))
        return { door: byTarget.get(prefix), name: prefix, region: scope?.region }
      }
      const name = scope?.service ?? (isForm(head) ? 'unknown' : 's3')
      return { door: byName.get(name), name, region: scope?.region }
    },
  }
}

const NO_BODY = new Uint8Array(0)

const isForm = (head: RequestHead): boolean =>
  head.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false

const queryService = defineService({ name: 'unknown', protocol: 'awsQuery', operations: {} })
const xmlService = defineService({ name: 'unknown', protocol: 'restXml', operations: {} })

/** An error for which no service speaks, in the form that the client most likely reads. */
export function answerWithoutService(head: RequestHead | undefined, error: EngineError, requestId: string): HttpAnswer {
  const json = head === undefined || 'x-amz-target' in head.headers
  const service = json ? undefined : isForm(head) ? queryService : xmlService
  const encoding = head?.headers['content-type']?.includes('cbor') ? 'cbor' : 'json'
  return answerError(service, error, {
    operation: '',
    path: head?.path ?? '/',
    requestId,
    encoding,
    head: head?.method === 'HEAD',
  })
}
