import type { HttpRequest } from './http.ts'

/**
 * Bucket and rest of an S3 request: path style (`/bucket/key`) or virtual-host style (`bucket.localhost`, `bucket.s3.localhost`,
 * `bucket.s3.us-east-1.localhost`).
 */
export function s3Place(request: HttpRequest): { path: string; labels: Record<string, string> } {
  const host = request.headers.host.replace(/:\d+$/, '').toLowerCase()
  const virtual = /^(.+?)(?:\.s3(?:[.-][a-z0-9-]+)?)?\.localhost$/.exec(host)
  if (virtual && !/^s3(?:[.-][a-z0-9-]+)?$/.test(virtual[1])) {
    return { path: request.path === '' ? '/' : request.path, labels: { Bucket: virtual[1] } }
  }
  const match = /^\/([^/]+)(\/.*)?$/s.exec(request.path)
  if (!match) return { path: '/', labels: {} }
  return { path: match[2] ?? '/', labels: { Bucket: decodeURIComponentSafe(match[1]) } }
}

function decodeURIComponentSafe(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
