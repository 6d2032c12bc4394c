import {
  CALL,
  CANCEL,
  CREDIT,
  connectionLost,
  END,
  FAIL,
  FEED,
  type Frame,
  ITEM,
  ownedBuffers,
  type Port,
  RESULT,
  type VerbEntry,
} from '../engines/kit/pure/rpc.ts'

/**
 * Pipes one client's frames to the hosts and back, without reading what they carry. A request is remembered only by its number, so
 * that its cancellation and credit find the same host, and so that it fails when the host goes down.
 */
export function relay(
  client: Port,
  table: readonly VerbEntry[],
  hostOf: (engine: string) => string,
  open: (host: string) => Promise<Port>,
): void {
  const routes = new Map<string, Promise<Port>>()
  const requests = new Map<number, string>()
  let closed = false

  const route = (host: string): Promise<Port> => {
    let port = routes.get(host)
    if (!port) {
      port = open(host).then((opened) => {
        opened.onFrame((frame) => {
          if (frame[0] === RESULT || frame[0] === END || frame[0] === FAIL) requests.delete(frame[1])
          client.post(frame, frame[0] === RESULT || frame[0] === ITEM ? ownedBuffers(frame[2]) : undefined)
        })
        opened.onClose(() => lose(host))
        return opened
      })
      port.catch(() => lose(host))
      routes.set(host, port)
    }
    return port
  }

  const lose = (host: string) => {
    routes.delete(host)
    for (const [id, at] of requests) {
      if (at !== host) continue
      requests.delete(id)
      if (!closed) client.post([FAIL, id, connectionLost().toWire()])
    }
  }

  const forward = (host: string, frame: Frame) => {
    route(host).then(
      (port) => port.post(frame, frame[0] === CALL ? ownedBuffers(frame[3]) : undefined),
      () => {},
    )
  }

  client.onFrame((frame) => {
    if (frame[0] === CALL || frame[0] === FEED) {
      const entry = table[frame[2]]
      if (!entry) {
        client.post([
          FAIL,
          frame[1],
          {
            code: 'UnknownOperation',
            message: 'This page is older than the program: reload it.',
            domain: 'user',
            retry: false,
          },
        ])
        return
      }
      const host = hostOf(entry.engine)
      requests.set(frame[1], host)
      forward(host, frame)
    } else if (frame[0] === CANCEL || frame[0] === CREDIT) {
      const host = requests.get(frame[1])
      if (host) forward(host, frame)
    }
  })
  client.onClose(() => {
    closed = true
    for (const port of routes.values()) port.then((open) => open.close()).catch(() => {})
    routes.clear()
    requests.clear()
  })
}
