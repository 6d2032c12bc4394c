import { z } from 'zod'
import { defineNode, ui } from './define.ts'
import { answersLate, recordKiB, relay } from './kit/relay.ts'

export const mqttIngestConfig = z.object({
  port: z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(1883)
    .meta(
      ui({
        label: 'Port',
        help: 'On 127.0.0.1 alone. 0 takes any free one. Clients connect with any user name and, as password, the token that millrace env prints.',
      }),
    ),
  keyBy: z
    .enum(['topic', 'client', 'field', 'message'])
    .default('topic')
    .meta(
      ui({
        label: 'Partition key',
        section: 'Records',
        options: {
          topic: 'The topic',
          client: 'The client',
          field: 'A field of the message',
          message: 'One of its own for each message',
        },
        help: 'Messages of one key stay in order. Keys have at most 256 characters; longer topics are cut there.',
      }),
    ),
  keyField: z
    .string()
    .default('')
    .meta(
      ui({
        label: 'Field of the key',
        section: 'Records',
        placeholder: 'device.id',
        help: 'For messages that are JSON. One without it gets a key of its own.',
      }),
    ),
  wrap: z
    .boolean()
    .default(false)
    .meta(
      ui({
        label: 'Keep topic and client',
        section: 'Records',
        help: 'As {"topic", "client", "payload"}; a payload that is no text comes as "base64". Otherwise a record is the payload alone.',
      }),
    ),
  recordKiB,
})

export const mqttIngest = defineNode({
  kind: 'mqtt-ingest',
  title: 'MQTT ingest',
  summary:
    'Takes messages as an MQTT 3.1.1 broker that is published to: QoS 1 is acknowledged once what follows has the message on disk, QoS 0 is taken as it comes. Subscriptions and QoS 2 are refused, and nothing is retained.',
  group: 'Sources',
  icon: 'radio',
  inputs: [],
  outputs: [{ name: 'out', type: 'records' }],
  version: 1,
  config: mqttIngestConfig,
  behaviour: {
    check: ({ keyBy, keyField }, { after }) => [
      ...(keyBy === 'field' && keyField === '' ? [{ field: 'keyField', message: 'Name the field of the key.' }] : []),
      ...answersLate(after, 'Messages are acknowledged'),
    ],
    owns: ({ port }) => (port === 0 ? [] : [`port ${port}`]),
    prepare: async () => undefined,
    run: (context) => relay(context, { type: 'mqtt', ...context.config }),
  },
})
