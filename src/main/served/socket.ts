import type { WebSocket } from 'ws'
import { decodeFrame, encodeFrame } from '../../engines/kit/pure/codec.ts'
import { EngineError } from '../../engines/kit/pure/errors.ts'
import type { Frame, Port } from '../../engines/kit/pure/rpc.ts'

/** Frames carry pages of results and small uploads; anything larger goes through the AWS port. */
export const FRAME_BYTES_MAX = 64 * 1024 * 1024

/** A WebSocket as a pipe of frames. A message that is not a frame closes it with the reason; it never reaches a handler. */
export function socketPort(socket: WebSocket): Port {
  socket.binaryType = 'arraybuffer'
  return {
    post: (frame) => {
      if (socket.readyState === socket.OPEN) socket.send(encodeFrame(frame))
    },
    onFrame: (listener) => {
      socket.on('message', (message: ArrayBuffer, isBinary: boolean) => {
        try {
          if (!isBinary) throw new EngineError('MalformedFrame', 'Frames are binary.')
          listener(decodeFrame(message))
        } catch (thrown) {
          socket.close(1007, EngineError.from(thrown).message.slice(0, 120))
        }
      })
    },
    onClose: (listener) => {
      socket.on('close', listener)
    },
    close: () => socket.close(),
  }
}

/** Joins a page to the process at the other end of a socket. What the page says before the socket is open waits; the end of one is the other's. */
export function joinSocket(page: Port, socket: WebSocket): void {
  const far = socketPort(socket)
  const early: Frame[] = []
  page.onFrame((frame) => {
    if (socket.readyState === socket.CONNECTING) early.push(frame)
    else far.post(frame)
  })
  socket.once('open', () => {
    for (const frame of early.splice(0)) far.post(frame)
  })
  far.onFrame((frame) => page.post(frame))
  // An error is followed by a close, which says all that the page needs.
  socket.on('error', () => {})
  far.onClose(() => page.close())
  page.onClose(() => socket.close())
}
