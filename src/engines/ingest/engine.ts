import { randomBytes } from 'node:crypto'
import { defineEngine } from '../define.ts'
import { EngineError } from '../kit/pure/errors.ts'
import type { Ingested, IngestSettings } from './contract.ts'
import { HttpIngest } from './http.ts'
import { keysOf } from './keys.ts'
import { MqttIngest } from './mqtt.ts'
import { Positions } from './positions.ts'
import { reachable } from './reach.ts'
import { TailIngest } from './tail.ts'

interface Source {
  readonly url?: string
  /** Two of them at once would each move the other's position. */
  readonly position?: string | null
  items(): AsyncIterable<Ingested>
  settle(ticket: number): void
  close(): void
  dispose(error: EngineError): Promise<void>
}

export const engine = defineEngine({
  name: 'ingest',
  needs: ['workspace'],
  async start({ clients, directory, workspaceDirectory, random, settings }) {
    const token = typeof settings.token === 'string' ? settings.token : randomBytes(32).toString('base64url')
    const positions = new Positions(directory)
    const sources = new Map<string, Source>()
    let opened = 0

    const open = async (wanted: IngestSettings): Promise<Source> => {
      const keys = keysOf(random.fork(`keys/${opened++}`), wanted.keyField)
      switch (wanted.type) {
        case 'tail': {
          const { trusted } = await clients.workspace.describe({})
          const source = new TailIngest(
            wanted,
            await reachable(wanted.file, workspaceDirectory, trusted),
            keys,
            positions,
          )
          if (source.position !== null && [...sources.values()].some(({ position }) => position === source.position))
            throw new EngineError('SourceInUse', `${wanted.file} is followed for this reader already.`, {
              at: { field: 'file' },
            })
          return source
        }
        case 'http':
          return HttpIngest.open(wanted, token, keys)
        case 'mqtt':
          return MqttIngest.open(wanted, token, keys)
      }
    }

    const find = (name: string): Source => {
      const source = sources.get(name)
      if (!source) throw new EngineError('NoSuchSource', `No source ${name} is open.`)
      return source
    }

    return {
      handlers: {
        async *open({ source: name, settings: wanted }, { signal }) {
          if (sources.has(name)) throw new EngineError('SourceInUse', `The source ${name} is open already.`)
          const source = await open(wanted)
          sources.set(name, source)
          const end = () => void source.dispose(dropped())
          signal.addEventListener('abort', end, { once: true })
          try {
            if (!signal.aborted) yield* source.items()
          } finally {
            signal.removeEventListener('abort', end)
            sources.delete(name)
            await source.dispose(dropped())
          }
        },
        settle({ source, ticket }) {
          // What is settled after its source has ended has been answered with that end.
          sources.get(source)?.settle(ticket)
          return {}
        },
        close({ source }) {
          find(source).close()
          return {}
        },
        access: () => ({ token }),
        list: () => [...sources].flatMap(([source, { url }]) => (url === undefined ? [] : [{ source, url }])),
      },
      async stop() {
        await Promise.all([...sources.values()].map((source) => source.dispose(dropped())))
        positions.close()
      },
    }
  },
})

function dropped(): EngineError {
  return new EngineError('ServiceUnavailable', 'The run ended before this was safe: send it again.', { retry: true })
}
