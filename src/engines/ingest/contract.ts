import { z } from 'zod'
import { RecordBatch } from '../kit/pure/batch.ts'
import { call, defineContract, feed, nothing } from '../kit/pure/contract.ts'

/** Partition key and data of a record together may be so large, KiB. */
const recordKiB = z.number().int().min(1).max(10_240).default(1024)
/** Field of a JSON record, such as `device.id`; a record without it gets a key of its own. */
const keyField = z.string().default('')

export const TailSettings = z.object({
  type: z.literal('tail'),
  /** A path in the workspace, or an absolute one where the workspace is trusted. */
  file: z.string().min(1),
  /** Where to begin when no position is remembered. */
  start: z.enum(['beginning', 'end']).default('end'),
  /** Under which name the position is remembered, with the file; null begins anew each time. */
  position: z.string().min(1).nullable(),
  keyBy: z.enum(['line', 'file', 'field']).default('line'),
  keyField,
  /** Records are JSON objects of file, offset and line, instead of the line as it is. */
  wrap: z.boolean().default(false),
  recordKiB,
})
export type TailSettings = z.infer<typeof TailSettings>

export const HttpSettings = z.object({
  type: z.literal('http'),
  /** 0 takes any free one. */
  port: z.number().int().min(0).max(65_535),
  keyField,
  bodyMiB: z.number().int().min(1).max(64).default(10),
  recordKiB,
  /** While what follows cannot take more: requests wait for some time, or are told at once to come again. */
  whenFull: z.enum(['wait', 'refuse']).default('wait'),
})
export type HttpSettings = z.infer<typeof HttpSettings>

export const MqttSettings = z.object({
  type: z.literal('mqtt'),
  port: z.number().int().min(0).max(65_535),
  keyBy: z.enum(['topic', 'client', 'field', 'message']).default('topic'),
  keyField,
  /** Records are JSON objects of topic, client and payload, instead of the payload as it is. */
  wrap: z.boolean().default(false),
  recordKiB,
})
export type MqttSettings = z.infer<typeof MqttSettings>

export const IngestSettings = z.discriminatedUnion('type', [TailSettings, HttpSettings, MqttSettings])
export type IngestSettings = z.infer<typeof IngestSettings>

export const Ingested = z.object({
  /** Rises; settling it says that this and everything before it has been dealt with. */
  ticket: z.number().int(),
  batch: RecordBatch,
  /** Records left out since the item before, because no stream would take them. */
  leftOut: z.number().int(),
  /** How the source stands, such as its address and its clients. */
  note: z.string(),
  /** What keeps it from taking more, for now; null when nothing does. */
  warning: z.string().nullable(),
})
export type Ingested = z.infer<typeof Ingested>

const aSource = z.object({ source: z.string() })

/**
 * Records from outside: lines of a file that grows, HTTP requests, MQTT messages. Whoever sent one is told that it was taken, or a
 * position in a file moves on, only once the caller has settled it.
 */
export const ingest = defineContract('ingest', {
  /** Opens a source under a name of the caller's choosing and gives what comes in. Ending the feed drops what has not been settled. */
  open: feed(aSource.extend({ settings: IngestSettings }), Ingested, { bulk: true }),
  settle: call(aSource.extend({ ticket: z.number().int() }), nothing),
  /** Takes nothing more; the feed ends once what was taken has been given. */
  close: call(aSource, nothing),
  /** What clients present as bearer token (HTTP) or password (MQTT): one for the workspace. */
  access: call(nothing, z.object({ token: z.string() })),
  /** The listeners that are open. */
  list: call(nothing, z.array(aSource.extend({ url: z.string() }))),
})

/** A command to try a listener with, by its address. */
export function exampleCommand(url: string, token: string): string {
  const { protocol, port } = new URL(url)
  return protocol === 'http:'
    ? `curl ${url} -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' -d '{"hello":"world"}'`
    : `mosquitto_pub -h 127.0.0.1 -p ${port} -u millrace -P '${token}' -q 1 -t hello -m '{"hello":"world"}'`
}
