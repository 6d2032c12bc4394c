import { EngineError } from '../kit/pure/errors.ts'

const encoder = new TextEncoder()

/** S3's limit on a key, bytes of UTF-8. */
export const KEY_BYTES_MAX = 1024

const RESERVED_PREFIXES = ['xn--', 'sthree-', 'amzn-s3-demo-']
const RESERVED_SUFFIXES = ['-s3alias', '--ola-s3', '.mrap', '--x-s3', '--table-s3']

/** General purpose bucket naming rules (S3 User Guide, "General purpose bucket naming rules"). */
export function isBucketName(name: string): boolean {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) return false
  if (name.includes('..') || /^\d{1,3}(\.\d{1,3}){3}$/.test(name)) return false
  return !RESERVED_PREFIXES.some((p) => name.startsWith(p)) && !RESERVED_SUFFIXES.some((s) => name.endsWith(s))
}

export function requireBucketName(name: string): void {
  if (!isBucketName(name))
    throw new EngineError('InvalidBucketName', 'The specified bucket is not valid.', { at: { field: 'bucket' } })
}

export function requireKey(key: string): void {
  if (key === '') throw new EngineError('InvalidArgument', 'A key must not be empty.', { at: { field: 'key' } })
  if (key.length > KEY_BYTES_MAX || encoder.encode(key).length > KEY_BYTES_MAX)
    throw new EngineError('KeyTooLongError', 'Your key is too long', { at: { field: 'key' } })
  // A lone surrogate has no UTF-8 form: two such keys would become one file.
  if (!key.isWellFormed())
    throw new EngineError('InvalidArgument', 'A key must be valid Unicode text.', { at: { field: 'key' } })
}

export const noSuchBucket = (bucket: string) =>
  new EngineError('NoSuchBucket', 'The specified bucket does not exist', { at: { path: bucket } })

export const noSuchKey = (key: string) =>
  new EngineError('NoSuchKey', 'The specified key does not exist.', { at: { path: key } })

export const noSuchUpload = () =>
  new EngineError(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
  )

/** Bucket and key (or prefix) of an `s3://` address; `s3a://` and `s3n://`, as Hadoop writes it, are the same place. */
export function parseS3Uri(uri: string): { bucket: string; key: string } {
  const match = /^s3[an]?:\/\/([^/]+)(?:\/(.*))?$/s.exec(uri)
  if (!match)
    throw new EngineError('InvalidArgument', `Not an address of the lake: ${uri}. Write s3://bucket/prefix/.`, {
      at: { field: 'uri' },
    })
  requireBucketName(match[1])
  return { bucket: match[1], key: match[2] ?? '' }
}
