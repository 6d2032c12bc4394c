import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { EngineError } from '../../pure/errors.ts'
import type { HttpRequest } from './http.ts'

const unpack = promisify(gunzip)

/** A body that came compressed (`PutMetricData` of the stock clients from 10 KiB on) as it was meant, within the same bound as any. */
export async function inflate(request: HttpRequest, bytesMax: number): Promise<HttpRequest> {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase()
  if (encoding !== 'gzip') return request
  try {
    const { 'content-encoding': _, ...headers } = request.headers
    return { ...request, headers, body: await unpack(request.body, { maxOutputLength: bytesMax }) }
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE')
      throw new EngineError('RequestEntityTooLarge', `The request body is larger than ${bytesMax} bytes.`)
    throw new EngineError('SerializationException', 'The request body is not gzip.')
  }
}
