import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

/** How HTTP/2 with prior knowledge begins (RFC 9113, 3.4). No HTTP/1 method does. */
const PREFACE = Buffer.from('PRI ')

/** Reads the first bytes of a connection and says what it is. The bytes are handed back: they belong to what follows. */
export function sniff(socket: Socket, then: (isHttp2: boolean, head: Buffer) => void): void {
  let head: Buffer = Buffer.alloc(0)
  const look = (piece: Buffer) => {
    head = head.length === 0 ? piece : Buffer.concat([head, piece])
    const length = Math.min(head.length, PREFACE.length)
    const same = head.subarray(0, length).equals(PREFACE.subarray(0, length))
    if (same && length < PREFACE.length) return
    socket.off('data', look)
    then(same, head)
  }
  socket.on('data', look)
}

/**
 * A socket whose first bytes were read already. Node's HTTP/2 reads its connection's handle below the stream, where bytes that were put
 * back are not seen; over a plain Duplex it reads the stream.
 */
export class SniffedSocket extends Duplex {
  private readonly socket: Socket

  constructor(socket: Socket, head: Buffer) {
    super({ readableHighWaterMark: 1024 * 1024, writableHighWaterMark: 1024 * 1024 })
    this.socket = socket
    this.push(head)
    socket.on('data', (piece) => {
      if (!this.push(piece)) socket.pause()
    })
    socket.on('end', () => this.push(null))
    socket.on('close', () => this.destroy())
    socket.on('error', (error) => this.destroy(error))
  }

  override _read(): void {
    this.socket.resume()
  }

  override _write(piece: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.socket.write(piece)) done()
    else this.socket.once('drain', done)
  }

  override _final(done: () => void): void {
    this.socket.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.socket.destroy()
    done(error)
  }

  // What HTTP/2 asks of a socket beside the stream.
  setNoDelay(): this {
    return this
  }

  setTimeout(): this {
    return this
  }

  ref(): this {
    this.socket.ref()
    return this
  }

  unref(): this {
    this.socket.unref()
    return this
  }
}
