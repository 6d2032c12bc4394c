import { once } from 'node:events'
import { open } from 'node:fs/promises'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { request } from 'node:http'
import { EngineError } from '../../../engines/kit/pure/errors.ts'
import { get, PIECE_BYTES, type Pieces } from './answer.ts'

/** Where WebHDFS answers, and for whom. */
export interface WebHdfsAt {
  readonly url: string
  readonly user: string
}

// The bytes of files go by WebHDFS, straight to the engine's thread: by the socket of pages each is copied and masked on its way.

/** Writes a file from its bytes as they come; what breaks off leaves no new file behind. `length` where it is known. */
export async function writeFile(
  at: WebHdfsAt,
  path: string,
  source: Pieces,
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
  const written = writeAll(sent, source)
  try {
    const [answer] = (await Promise.race([answered, written.then(() => answered)])) as [IncomingMessage]
    await succeed(answer)
    await written
    answer.resume()
  } catch (thrown) {
    sent.destroy()
    await Promise.allSettled([answered, written])
    throw thrown
  }
}

async function writeAll(sent: ClientRequest, source: Pieces): Promise<void> {
  for await (const piece of source)
    await new Promise<void>((resolve, reject) => sent.write(piece, (error) => (error ? reject(error) : resolve())))
  sent.end()
}

/** Bytes `[offset, offset + length)` of a file. */
export async function readFile(
  at: WebHdfsAt,
  path: string,
  range: { offset?: number; length?: number } = {},
): Promise<Pieces> {
  const first = await send(addressOf(at, path, 'OPEN', range), 'GET')
  first.resume()
  const { status, body } = await get(new URL(first.headers.location!))
  if (status >= 400) throw await refusal(body)
  return body
}

/** The bytes of a file of this machine. */
export async function* localFile(path: string): AsyncGenerator<Uint8Array> {
  await using file = await open(path)
  const memory = Buffer.allocUnsafeSlow(PIECE_BYTES)
  for (;;) {
    const { bytesRead } = await file.read(memory, 0, PIECE_BYTES)
    if (bytesRead === 0) return
    yield memory.subarray(0, bytesRead)
  }
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

async function succeed(answer: IncomingMessage): Promise<IncomingMessage> {
  if (answer.statusCode! >= 400) throw await refusal(answer)
  return answer
}

/** What a `RemoteException` says, by its own name. */
async function refusal(body: Pieces): Promise<EngineError> {
  let text = ''
  for await (const piece of body) text += Buffer.from(piece).toString()
  const { exception, message } = (JSON.parse(text) as { RemoteException: { exception: string; message: string } })
    .RemoteException
  return new EngineError(exception, message)
}
