import type { Socket } from 'node:net'
import { generate, type IConnectPacket, type IPublishPacket, type Packet, parser } from 'mqtt-packet'
import { realTime } from '../kit/node/real-time.ts'
import { tokenMatches } from '../kit/node/token.ts'
import { closing } from './intake.ts'
import { Frames } from './mqtt-frames.ts'

export interface Message {
  readonly topic: string
  readonly clientId: string
  readonly payload: Buffer
}

export interface ConnectionOptions {
  readonly token: string
  readonly packetBytesMax: number
  connected(clientId: string, connection: MqttConnection): void
  ended(clientId: string, connection: MqttConnection): void
  refused(why: string): void
  publish(message: Message, gone: AbortSignal): Promise<{ safe: Promise<void> }>
}

/** CONNACK return codes of MQTT 3.1.1, section 3.2.2.3. */
const ACCEPTED = 0
const BAD_VERSION = 1
const BAD_CLIENT_ID = 2
const BAD_PASSWORD = 4
/** A version 5 client reads this one as "unsupported protocol version". */
const BAD_VERSION_5 = 0x84
/** SUBACK: the subscription failed. */
const SUBSCRIPTION_FAILED = 0x80

const CONNECT_WITHIN_MS = 10_000
/** A client is given up after one and a half times its keep-alive, as the standard has it. */
const KEEP_ALIVE_FACTOR = 1.5

/**
 * One client. Packets are dealt with in turn, and none is read while there is no room for a message, so that TCP holds the client back.
 * A packet that breaks the protocol, or asks for QoS 2, ends the connection: version 3.1.1 has no other way to say no.
 */
export class MqttConnection {
  private readonly socket: Socket
  private readonly options: ConnectionOptions
  private readonly gone = new AbortController()
  private connect: IConnectPacket | undefined
  private silence: { cancel(): void } | undefined
  private orderly = false

  constructor(socket: Socket, options: ConnectionOptions) {
    this.socket = socket
    this.options = options
    socket.on('error', () => {})
    socket.once('close', () => this.gone.abort(closing()))
    this.hear(CONNECT_WITHIN_MS)
    void this.run()
  }

  end(): void {
    this.socket.destroySoon()
  }

  private async run(): Promise<void> {
    const frames = new Frames(this.options.packetBytesMax)
    try {
      const pieces = this.socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
      for await (const piece of pieces)
        for (const frame of frames.of(piece)) if (!(await this.deal(packetOf(frame)))) return
    } catch {
      // Neither a broken socket nor a broken packet has anyone to be told.
    } finally {
      this.silence?.cancel()
      this.end()
      await this.lastWill()
      if (this.connect) this.options.ended(this.connect.clientId, this)
    }
  }

  /** False when the connection shall end. */
  private async deal(packet: Packet): Promise<boolean> {
    if (!this.connect) return packet.cmd === 'connect' && this.welcome(packet)
    this.hear(this.connect.keepalive ? this.connect.keepalive * 1000 * KEEP_ALIVE_FACTOR : 0)
    switch (packet.cmd) {
      case 'publish':
        return this.published(packet)
      case 'pingreq':
        this.send({ cmd: 'pingresp' })
        return true
      case 'subscribe':
        this.options.refused('subscriptions are refused')
        this.send({
          cmd: 'suback',
          messageId: packet.messageId!,
          granted: packet.subscriptions.map(() => SUBSCRIPTION_FAILED),
        })
        return true
      case 'unsubscribe':
        this.send({ cmd: 'unsuback', messageId: packet.messageId!, granted: [] })
        return true
      case 'disconnect':
        this.orderly = true
        return false
      default:
        return false
    }
  }

  private welcome(packet: IConnectPacket): boolean {
    const { protocolVersion, clientId, clean, password } = packet
    if (protocolVersion === 5) return this.turnAway(BAD_VERSION_5, true)
    if (protocolVersion !== 4) return this.turnAway(BAD_VERSION)
    if (!tokenMatches(password?.toString() ?? null, this.options.token)) return this.turnAway(BAD_PASSWORD)
    if (clientId === '' && !clean) return this.turnAway(BAD_CLIENT_ID)
    const name = clientId === '' ? `anonymous-${this.socket.remotePort}` : clientId
    this.connect = { ...packet, clientId: name }
    this.hear(packet.keepalive ? packet.keepalive * 1000 * KEEP_ALIVE_FACTOR : 0)
    this.options.connected(name, this)
    this.send({ cmd: 'connack', returnCode: ACCEPTED, sessionPresent: false })
    return true
  }

  private turnAway(code: number, version5 = false): false {
    this.options.refused(code === BAD_PASSWORD ? 'a client was refused: wrong token' : 'a client was refused')
    const packet = version5
      ? ({ cmd: 'connack', reasonCode: code, sessionPresent: false } as const)
      : ({ cmd: 'connack', returnCode: code, sessionPresent: false } as const)
    this.socket.write(generate(packet, { protocolVersion: version5 ? 5 : 4 }))
    this.orderly = true
    return false
  }

  private async published({ qos, topic, payload, messageId }: IPublishPacket): Promise<boolean> {
    if (topic === '' || /[+#\0]/.test(topic)) return false
    if (qos === 2) {
      this.options.refused('QoS 2 is refused')
      return false
    }
    const message = { topic, clientId: this.connect!.clientId, payload: Buffer.from(payload) }
    const { safe } = await this.options.publish(message, this.gone.signal)
    safe.then(
      () => qos === 1 && this.send({ cmd: 'puback', messageId: messageId! }),
      // Not acknowledged: the client sends it again when it comes back.
      () => qos === 1 && this.end(),
    )
    return true
  }

  /** What a client asked to be published should it go without a word. */
  private async lastWill(): Promise<void> {
    const will = this.connect?.will
    if (this.orderly || !will) return
    const message = { topic: will.topic, clientId: this.connect!.clientId, payload: Buffer.from(will.payload) }
    const { safe } = await this.options.publish(message, new AbortController().signal)
    safe.catch(() => {})
  }

  private send(packet: Packet): void {
    if (this.socket.writable) this.socket.write(generate(packet))
  }

  /** Gives the client up when nothing more is heard for so long; 0: never. */
  private hear(withinMs: number): void {
    this.silence?.cancel()
    this.silence = withinMs === 0 ? undefined : realTime.after(withinMs, () => this.socket.destroy())
  }
}

/** One whole packet; throws where it is none. */
function packetOf(frame: Buffer): Packet {
  let found: Packet | undefined
  const reader = parser({ protocolVersion: 4 })
  reader.on('packet', (packet) => {
    found = packet
  })
  reader.on('error', (error) => {
    throw error
  })
  reader.parse(frame)
  if (!found) throw new Error('The packet is not whole.')
  return found
}
