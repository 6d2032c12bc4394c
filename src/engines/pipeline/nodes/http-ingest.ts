import { z } from 'zod'
import { defineNode, ui } from './define.ts'
import { answersLate, recordKiB, relay } from './kit/relay.ts'

export const httpIngestConfig = z.object({
  port: z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(4581)
    .meta(
      ui({
        label: 'Port',
        help: 'On 127.0.0.1 alone. 0 takes any free one. Clients send the header Authorization: Bearer with the token that millrace env prints.',
      }),
    ),
  keyField: z
    .string()
    .default('')
    .meta(
      ui({
        label: 'Field of the partition key',
        section: 'Records',
        placeholder: 'user.id',
        help: 'For records that are JSON. The header X-Partition-Key or ?key= of a request goes before it; without any, each record has a key of its own.',
      }),
    ),
  bodyMiB: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(10)
    .meta(ui({ label: 'Largest body', section: 'Limits', unit: 'MiB', help: 'Unpacked, where it comes as gzip.' })),
  recordKiB,
  whenFull: z
    .enum(['wait', 'refuse'])
    .default('wait')
    .meta(
      ui({
        label: 'When what follows is full',
        section: 'Limits',
        options: { wait: 'Requests wait', refuse: 'Requests are refused' },
        help: 'A request that waits is answered 503 after 20 seconds; one that is refused 429, at once. Both say when to come again.',
      }),
    ),
})

export const httpIngest = defineNode({
  kind: 'http-ingest',
  title: 'HTTP ingest',
  summary:
    'Takes records by POST: a JSON value or each one of an array, lines of NDJSON or text, or a body as it is. A request is answered 200 once what follows has its records on disk, and all of a request is taken or nothing.',
  group: 'Sources',
  icon: 'webhook',
  inputs: [],
  outputs: [{ name: 'out', type: 'records' }],
  version: 1,
  config: httpIngestConfig,
  behaviour: {
    check: (_, { after }) => answersLate(after, 'Requests are answered'),
    owns: ({ port }) => (port === 0 ? [] : [`port ${port}`]),
    prepare: async () => undefined,
    run: (context) => relay(context, { type: 'http', ...context.config }),
  },
})
