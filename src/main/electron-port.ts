import type { MessagePortMain } from 'electron'
import type { Frame, Port } from '../engines/kit/pure/rpc.ts'

/** Electron's port as a pipe of frames. It cannot carry transferred buffers, so what crosses it is copied: pages, never bulk data. */
export function electronPort(port: MessagePortMain): Port {
  const listeners: ((frame: Frame) => void)[] = []
  port.on('message', ({ data }) => {
    for (const listener of listeners) listener(data as Frame)
  })
  port.start()
  return {
    post: (frame) => port.postMessage(frame),
    onFrame: (listener) => void listeners.push(listener),
    onClose: (listener) => void port.on('close', listener),
    close: () => port.close(),
  }
}
