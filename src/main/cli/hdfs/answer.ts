import { connect } from 'node:net'
import { EngineError } from '../../../engines/kit/pure/errors.ts'

/** Bytes as they come. A piece is good until the next is asked for. */
export type Pieces = AsyncIterable<Uint8Array>

export const PIECE_BYTES = 1024 * 1024
const HEAD_END = '\r\n\r\n'

/**
 * What a server answers to GET, read into the same memory all the time: Node's own client takes new memory for each 64 KiB, and having that
 * collected costs several times as much as all else. The answer has to say its length, as those of WebHDFS do.
 */
export async function get(address: URL): Promise<{ status: number; body: Pieces }> {
  const pieces = received(address)
  let start = Buffer.alloc(0)
  while (!start.includes(HEAD_END)) start = Buffer.concat([start, await next(pieces)])
  const end = start.indexOf(HEAD_END)
  const [line, ...headers] = start.toString('latin1', 0, end).split('\r\n')
  const length = headers.find((header) => header.toLowerCase().startsWith('content-length:'))!
  return {
    status: Number(line.split(' ')[1]),
    body: bodyOf(pieces, start.subarray(end + HEAD_END.length), Number(length.split(':')[1])),
  }
}

async function* bodyOf(pieces: AsyncGenerator<Buffer>, first: Buffer, length: number): AsyncGenerator<Buffer> {
  try {
    if (first.length > 0) yield first
    for (let have = first.length; have < length; ) {
      const piece = await next(pieces)
      have += piece.length
      yield piece
    }
  } finally {
    await pieces.return(undefined)
  }
}

async function next(pieces: AsyncGenerator<Buffer>): Promise<Buffer> {
  const { done, value } = await pieces.next()
  if (done) throw new EngineError('IOException', 'The connection ended before all had come.', { domain: 'external' })
  return value
}

async function* received({ host, hostname, port, pathname, search }: URL): AsyncGenerator<Buffer> {
  const memory = Buffer.allocUnsafeSlow(PIECE_BYTES)
  let arrived = Promise.withResolvers<number>()
  let failure: Error | undefined
  const socket = connect({
    host: hostname,
    port: Number(port),
    onread: {
      buffer: memory,
      callback: (bytes) => {
        arrived.resolve(bytes)
        return false
      },
    },
  })
  socket.on('error', (error) => {
    failure = error
  })
  socket.on('close', () => arrived.resolve(0))
  try {
    socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    for (;;) {
      const bytes = await arrived.promise
      if (failure) throw failure
      if (bytes === 0) return
      arrived = Promise.withResolvers()
      yield memory.subarray(0, bytes)
      socket.resume()
    }
  } finally {
    socket.destroy()
  }
}
