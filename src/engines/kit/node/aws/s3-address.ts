import { EngineError } from '../../pure/errors.ts'
import { decodeText, type HttpRequest, parseQuery } from './http.ts'

/**
 * Bucket and rest of an S3 request: path style (`/bucket/key`) or virtual-host style (`bucket.localhost`, `bucket.s3.localhost`,
 * `bucket.s3.us-east-1.localhost`).
 */
export function s3Place(request: Omit<HttpRequest, 'body'>): {
  path: string
  labels: Record<string, string>
} {
  const host = request.headers.host.replace(/:\d+$/, '').toLowerCase()
  const virtual = /^(.+?)(?:\.s3(?:[.-][a-z0-9-]+)?)?\.localhost$/.exec(host)
  if (virtual && !/^s3(?:[.-][a-z0-9-]+)?$/.test(virtual[1])) {
    return { path: request.path === '' ? '/' : request.path, labels: { Bucket: virtual[1] } }
  }
  const match = /^\/([^/]+)(\/.*)?$/s.exec(request.path)
  if (!match) return { path: '/', labels: {} }
  return { path: match[2] ?? '/', labels: { Bucket: decodeText(match[1]) } }
}

/** `bucket/key` or `/bucket/key`, escaped as in a URL, with `?versionId=…` where a version is meant. */
export function copySource(text: string): { bucket: string; key: string; versionId?: string } {
  const [path, query] = text.split('?', 2)
  const match = /^\/?([^/]+)\/(.+)$/s.exec(decodeText(path))
  if (!match)
    throw new EngineError(
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    )
  const versionId = new Map(parseQuery(query ?? '')).get('versionId')
  return { bucket: match[1], key: match[2], ...(versionId !== undefined && { versionId }) }
}
