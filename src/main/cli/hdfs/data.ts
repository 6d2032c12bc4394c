import { once } from 'node:events'
import type { FileHandle } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { EngineError } from '../../../engines/kit/pure/errors.ts'

/** Where WebHDFS answers, and for whom. */
export interface WebHdfsAt {
  readonly url: string
  readonly user: string
}

const WRITE_BYTES = 1024 * 1024

type Bytes = Readable | AsyncIterable<Uint8Array>

// The bytes of files go by WebHDFS, straight to the engine's thread: by the socket of pages each is copied and masked on its way.

/** Writes a file from its bytes as they come; what breaks off leaves no new file behind. `length` where it is known. */
export async function writeFile(
  at: WebHdfsAt,
  path: string,
  source: Bytes,
  options: { append?: boolean; overwrite?: boolean; replication?: number; length?: number } = {},
): Promise<void> {
  const { append = false, overwrite = false, replication, length } = options
  const method = append ? 'POST' : 'PUT'
  const first = await send(
    addressOf(at, path, append ? 'APPEND' : 'CREATE', { overwrite, ...(replication && { replication }) }),
    method,
  )
  first.resume()
  const sent = request(first.headers.location!, {
    method,
    agent: false,
    headers: length === undefined ? {} : { 'content-length': length },
  })
  const answered = once(sent, 'response')
  // A refusal may come before all is sent, and is what to say then.
  const piped = pipeline(source instanceof Readable ? source : Readable.from(source), sent)
  try {
    const [answer] = (await Promise.race([answered, piped.then(() => answered)])) as [IncomingMessage]
    await succeed(answer)
    await piped
    answer.resume()
  } catch (thrown) {
    sent.destroy()
    await Promise.allSettled([answered, piped])
    throw thrown
  }
}

/** Bytes `[offset, offset + length)` of a file. */
export async function readFile(
  at: WebHdfsAt,
  path: string,
  range: { offset?: number; length?: number } = {},
): Promise<AsyncIterable<Uint8Array>> {
  const first = await send(addressOf(at, path, 'OPEN', range), 'GET')
  first.resume()
  return send(new URL(first.headers.location!), 'GET')
}

/** Writes on, at the place of `file`, all that comes: many pieces at once, while others are on their way. */
export async function save(bytes: AsyncIterable<Uint8Array>, file: FileHandle): Promise<void> {
  let [pieces, size]: [Uint8Array[], number] = [[], 0]
  let written = Promise.resolve()
  const write = async () => {
    await written
    written = file.writeFile(Buffer.concat(pieces))
    // Met where it is waited for.
    written.catch(() => {})
    ;[pieces, size] = [[], 0]
  }
  for await (const piece of bytes) {
    pieces.push(piece)
    size += piece.length
    if (size >= WRITE_BYTES) await write()
  }
  await write()
  await written
}

function addressOf({ url, user }: WebHdfsAt, path: string, op: string, parameters: object): URL {
  const address = new URL(url + path.split('/').map(encodeURIComponent).join('/'))
  for (const [name, value] of Object.entries({ op, 'user.name': user, ...parameters }))
    address.searchParams.set(name, String(value))
  return address
}

async function send(address: URL, method: string): Promise<IncomingMessage> {
  const sent = request(address, { method, agent: false }).end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  return succeed(answer)
}

/** Throws what a `RemoteException` says, by its own name. */
async function succeed(answer: IncomingMessage): Promise<IncomingMessage> {
  if (answer.statusCode! < 400) return answer
  const pieces: Buffer[] = []
  for await (const piece of answer) pieces.push(piece as Buffer)
  const { exception, message } = (
    JSON.parse(Buffer.concat(pieces).toString()) as { RemoteException: { exception: string; message: string } }
  ).RemoteException
  throw new EngineError(exception, message)
}
