import { masked, type Sealed, type Secret, type SecretPlace, type Secrets } from '../../kit/node/secrets.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { S3Destination } from '../contract.ts'
import { invalid } from '../prefix.ts'
import type { AttemptResult, EndpointParts, Loader, Pusher, SendRequest, Unsent } from './define.ts'
import { type ReadEndpoint, readEndpoint } from './index.ts'

const placeOf = (stream: string, field: string): SecretPlace => ({ of: `the Firehose stream ${stream}`, field })

interface Setting {
  readonly name: string
  readonly value: Secret
}

function secretsOf({ kind, config }: ReadEndpoint): Setting[] {
  const settings = config as unknown as Record<string, Secret | undefined>
  return (kind.secrets ?? []).flatMap((name) => {
    const value = settings[name]
    return value === undefined ? [] : [{ name, value }]
  })
}

/** The destination as it is kept. A secret that is sealed already is the one from before: none can be brought in from elsewhere. */
export async function sealDestination(
  stream: string,
  destination: S3Destination,
  before: S3Destination | undefined,
  secrets: Secrets,
): Promise<S3Destination> {
  if (!destination.endpoint) return destination
  const { kind, config } = destination.endpoint
  const read = readEndpoint(destination.endpoint)
  const fields: Readonly<Record<string, string>> = read.kind.fields
  const known = before?.endpoint && secretsOf(readEndpoint(before.endpoint)).map(({ value }) => sealedText(value))
  const sealed: Record<string, Sealed> = {}
  for (const { name, value } of secretsOf(read)) {
    if (typeof value === 'string') sealed[name] = await secrets.seal(value, placeOf(stream, name))
    else if (!known?.includes(value.sealed)) throw invalid(fields[name], 'it must be given as it is')
  }
  return { ...destination, endpoint: { kind, config: { ...config, ...sealed } } }
}

const sealedText = (value: Secret): string | undefined => (typeof value === 'string' ? undefined : value.sealed)

/** Whether a destination has secrets that an earlier Millrace kept as they were given. */
export function hasOpenSecrets({ endpoint }: S3Destination): boolean {
  return endpoint !== undefined && secretsOf(readEndpoint(endpoint)).some(({ value }) => typeof value === 'string')
}

/** What takes the records. One with secrets opens them for each attempt, and what it says of the endpoint's answers is without them. */
export function openEndpoint(
  endpoint: ReadEndpoint,
  stream: string,
  secrets: Secrets,
  parts: EndpointParts,
): Pusher | Loader {
  if (secretsOf(endpoint).length === 0) return endpoint.kind.open(endpoint.config, parts)
  return { send: (request) => sendOpened(endpoint, stream, secrets, parts, request) }
}

async function sendOpened(
  endpoint: ReadEndpoint,
  stream: string,
  secrets: Secrets,
  parts: EndpointParts,
  request: SendRequest,
): Promise<AttemptResult> {
  const opened: Record<string, string> = {}
  try {
    for (const { name, value } of secretsOf(endpoint)) opened[name] = await secrets.open(value, placeOf(stream, name))
  } catch (thrown) {
    const { code, message } = EngineError.from(thrown)
    return { again: request.entries.map((entry) => ({ entry, failure: { code, message } })), refused: [] }
  }
  const pusher = endpoint.kind.open({ ...endpoint.config, ...opened }, parts) as Pusher
  const { again, refused } = await pusher.send(request)
  const without = ({ entry, failure }: Unsent) => ({
    entry,
    failure: { ...failure, message: masked(failure.message, Object.values(opened)) },
  })
  return { again: again.map(without), refused: refused.map(without) }
}
