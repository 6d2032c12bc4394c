import type { Server, Socket } from 'node:net'
import { EngineError } from '../kit/pure/errors.ts'

export interface Listening {
  readonly port: number
  refuseNew(): void
  /** Ends all connections. */
  stop(): Promise<void>
}

/** Binds exactly this port of 127.0.0.1 (0: any free one): clients are set up with it, so that another would be none. */
export async function listenOn(server: Server, port: number): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new EngineError(
          'PortUnavailable',
          cause.code === 'EADDRINUSE'
            ? `Port ${port} is taken. Choose another, or 0 for any free one.`
            : `Port ${port} cannot be opened: ${cause.message}.`,
          { domain: 'external', at: { field: 'port' }, cause },
        ),
      ),
    )
    server.listen(port, '127.0.0.1', resolve)
  })
  let closed: Promise<void> | undefined
  const refuseNew = () => {
    closed ??= new Promise((resolve) => server.close(() => resolve()))
  }
  return {
    port: (server.address() as { port: number }).port,
    refuseNew,
    stop: async () => {
      refuseNew()
      for (const socket of sockets) socket.destroySoon()
      await closed
    },
  }
}
