import type { MessagePort } from 'node:worker_threads'
import type { Frame, Port } from '../pure/rpc.ts'

/** A worker thread's MessagePort as a pipe of frames. It closes when the other thread ends. */
export function messagePort(port: MessagePort): Port {
  let open = true
  port.on('close', () => {
    open = false
  })
  return {
    post: (frame, transfer) => {
      if (open) port.postMessage(frame, transfer)
    },
    onFrame: (listener) => {
      port.on('message', (frame: Frame) => listener(frame))
    },
    onClose: (listener) => {
      port.on('close', listener)
    },
    close: () => port.close(),
  }
}
