import type { WebSocket } from 'ws'
import { decodeFrame, encodeFrame } from '../../engines/kit/pure/codec.ts'
import { EngineError } from '../../engines/kit/pure/errors.ts'
import type { Port } from '../../engines/kit/pure/rpc.ts'

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
