import { createServer, type Socket } from 'node:net'
import { EngineError } from '../kit/pure/errors.ts'
import type { MqttSettings } from './contract.ts'
import type { TakenRecord } from './intake.ts'
import { fitsRecord, type Keys } from './keys.ts'
import { type Listening, listenOn } from './listen.ts'
import { ListeningSource } from './listening-source.ts'
import { type Message, MqttConnection } from './mqtt-connection.ts'

const CONNECTIONS_MAX = 1024
/** What a packet carries beside a record: its header and topic. */
const PACKET_EXTRA_BYTES = 70 * 1024

/** The broker's face of MQTT 3.1.1 on a port of 127.0.0.1, for clients that publish. A QoS 1 message is acknowledged once it has been settled. */
export class MqttIngest extends ListeningSource {
  private readonly settings: MqttSettings
  private readonly keys: Keys
  private readonly connections = new Map<string, MqttConnection>()
  private messages = 0
  /** What a client asked for last that is not served. */
  private refusal = ''

  private constructor(settings: MqttSettings, keys: Keys, listening: Listening) {
    super(`mqtt://127.0.0.1:${listening.port}`, listening)
    this.settings = settings
    this.keys = keys
  }

  static async open(settings: MqttSettings, token: string, keys: Keys): Promise<MqttIngest> {
    const server = createServer({ noDelay: true })
    server.maxConnections = CONNECTIONS_MAX
    const made = new MqttIngest(settings, keys, await listenOn(server, settings.port))
    server.on('connection', (socket) => made.serve(socket, token))
    return made
  }

  protected note(): string {
    const { size } = this.connections
    const clients = `${size} ${size === 1 ? 'client' : 'clients'}`
    const messages = this.messages === 1 ? '1 message' : `${this.messages.toLocaleString('en')} messages`
    return `${clients} · ${messages} taken${this.refusal}`
  }

  private serve(socket: Socket, token: string): void {
    new MqttConnection(socket, {
      token,
      packetBytesMax: this.settings.recordKiB * 1024 + PACKET_EXTRA_BYTES,
      connected: (clientId, connection) => {
        this.connections.get(clientId)?.end()
        this.connections.set(clientId, connection)
        this.intake.look()
      },
      ended: (clientId, connection) => {
        if (this.connections.get(clientId) === connection) this.connections.delete(clientId)
        this.intake.look()
      },
      refused: (why) => {
        this.refusal = ` · ${why}`
        this.intake.look()
      },
      publish: (message, gone) => this.publish(message, gone),
    })
  }

  /** Waits for room, which holds back the client, and gives what resolves once the message is safe. */
  private async publish(message: Message, gone: AbortSignal): Promise<{ safe: Promise<void> }> {
    const record = this.recordOf(message)
    if (!fitsRecord(record.key, record.data, this.settings.recordKiB)) {
      this.intake.leftOut(1)
      return {
        safe: Promise.reject(new EngineError('RequestEntityTooLarge', 'The message is larger than a record may be.')),
      }
    }
    const admission = await this.intake.admitted(record.data.length, gone)
    const safe = admission.take([record])
    return {
      safe: safe.then(() => {
        this.messages++
        this.intake.look()
      }),
    }
  }

  private recordOf({ topic, clientId, payload }: Message): TakenRecord {
    const { keyBy, wrap } = this.settings
    const text = () => payload.toString('utf8')
    const key =
      keyBy === 'topic'
        ? this.keys.of(topic)
        : keyBy === 'client'
          ? this.keys.of(clientId)
          : keyBy === 'field'
            ? this.keys.byField(text())
            : this.keys.own()
    return { key, data: wrap ? Buffer.from(wrapped(topic, clientId, payload)) : payload }
  }
}

/** A payload that is JSON stays as it is written; text becomes a string, and bytes that are no text base64. */
function wrapped(topic: string, client: string, payload: Buffer): string {
  const head = `{"topic":${JSON.stringify(topic)},"client":${JSON.stringify(client)}`
  const text = payload.toString('utf8')
  if (!Buffer.from(text).equals(payload)) return `${head},"base64":"${payload.toString('base64')}"}`
  return `${head},"payload":${isJson(text) ? text.trim() : JSON.stringify(text)}}`
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
