import type { Clients } from '../contract.ts'
import type { HttpAnswer } from '../kit/node/aws/http.ts'
import type { RequestHead } from '../kit/node/aws/listener.ts'
import { matchRest } from '../kit/node/aws/rest.ts'
import { copySource, s3Place } from '../kit/node/aws/s3-address.ts'
import type { AwsService } from '../kit/node/aws/service.ts'
import { foreignPage } from '../kit/node/loopback.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { CorsRule } from '../lake/contract.ts'

type Lake = Pick<Clients['lake'], 'bucketSettings'>

/** What a page asks for, or means to. */
interface Wish {
  readonly origin: string
  readonly method: string
  /** Request headers that a browser asks for beforehand, in lower case. */
  readonly headers?: readonly string[]
}

/** What a rule opens beside single objects: to list them, and to delete many. A bucket's settings are nobody's but its owner's. */
const OF_OBJECTS = new Set([
  'DeleteObjects',
  'HeadBucket',
  'ListMultipartUploads',
  'ListObjectVersions',
  'ListObjects',
  'ListObjectsV2',
])

/**
 * The headers of the answer to a page of another origin, where the rules of every bucket that its request touches allow it; undefined where
 * it is to be refused. S3 answers who is not allowed too, and leaves it to the browser to keep the answer back; here a page must not even
 * make itself felt.
 */
export async function admitPage(
  service: AwsService,
  head: RequestHead,
  lake: Lake,
): Promise<Record<string, string> | undefined> {
  const { method, headers } = head
  const { origin, 'x-amz-copy-source': source } = headers
  if (origin === undefined) return undefined
  const place = s3Place(head)
  const match = matchRest(service, head, place)
  if (!match || !('Key' in match.labels || OF_OBJECTS.has(match.operation.name))) return undefined
  if (source !== undefined && !(await ruleFor(lake, copySource(source).bucket, { origin, method: 'GET' })))
    return undefined
  const rule = await ruleFor(lake, place.labels.Bucket, { origin, method })
  return rule && headersOf(rule, { origin, method })
}

/** Answers what a browser asks before it lets a page send its request (S3 API reference, "OPTIONS object"). */
export async function answerPreflight(head: RequestHead, lake: Lake): Promise<HttpAnswer> {
  const { origin, 'access-control-request-method': method, 'access-control-request-headers': list } = head.headers
  if (origin === undefined)
    throw new EngineError('BadRequest', 'Insufficient information. Origin request header needed.')
  if (method === undefined) throw new EngineError('BadRequest', 'Invalid Access-Control-Request-Method: null')
  const { Bucket: bucket } = s3Place(head).labels
  if (bucket === undefined) throw foreignPage()
  const wish = { origin, method, headers: list === undefined ? [] : list.toLowerCase().split(',').map(trim) }
  const rule = await ruleFor(lake, bucket, wish)
  if (!rule)
    throw new EngineError(
      'AccessForbidden',
      "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
    )
  return { status: 200, headers: headersOf(rule, wish), body: '' }
}

/** The first of a bucket's rules that fits; a bucket that is not there has none, and a page need not learn which are. */
async function ruleFor(lake: Lake, bucket: string | undefined, wish: Wish): Promise<CorsRule | undefined> {
  if (bucket === undefined) return undefined
  const { cors = [] } = await lake.bucketSettings({ bucket }).catch((thrown) => {
    if (EngineError.from(thrown).domain !== 'user') throw thrown
    return { cors: [] }
  })
  return cors.find((rule) => fits(rule, wish))
}

const fits = (rule: CorsRule, { origin, method, headers = [] }: Wish): boolean =>
  rule.methods.some((allowed) => allowed === method) &&
  rule.origins.some((pattern) => like(pattern, origin)) &&
  headers.every((name) => rule.headers.some((pattern) => like(pattern.toLowerCase(), name)))

/** Whether a text is as a pattern with at most one `*` has it. */
function like(pattern: string, text: string): boolean {
  const [head, tail] = pattern.split('*')
  if (tail === undefined) return text === head
  return text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail)
}

function headersOf(rule: CorsRule, { origin, headers = [] }: Wish): Record<string, string> {
  const anybody = rule.origins.find((pattern) => like(pattern, origin)) === '*'
  return {
    'access-control-allow-origin': anybody ? '*' : origin,
    ...(!anybody && { 'access-control-allow-credentials': 'true' }),
    'access-control-allow-methods': rule.methods.join(', '),
    ...(headers.length > 0 && { 'access-control-allow-headers': headers.join(', ') }),
    ...(rule.exposed.length > 0 && { 'access-control-expose-headers': rule.exposed.join(', ') }),
    ...(rule.maxAgeSeconds !== undefined && { 'access-control-max-age': String(rule.maxAgeSeconds) }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  }
}

const trim = (text: string): string => text.trim()
