import { z } from 'zod'
import type { Transform } from '../../../firehose/contract.ts'
import { ui } from '../define.ts'

const FUNCTION =
  /^(?:arn:aws:lambda:[a-z0-9-]+:\d{12}:function:)?([a-zA-Z0-9-_]{1,64}(?::(?:\$LATEST|[a-zA-Z0-9-_]{1,128}))?)$/

/** What Firehose does to each record before it is delivered; hints and bounds are those of its API. */
export const transformConfig = z
  .discriminatedUnion('by', [
    z.object({ by: z.literal('none') }),
    z.object({
      by: z.literal('function'),
      function: z
        .string()
        .regex(FUNCTION, 'Name a function of the workspace (NAME, or NAME:ALIAS), or give its ARN.')
        .meta(
          ui({
            label: 'Function',
            editor: 'function',
            help: 'Gets records as Lambda does for Firehose, and answers each as Ok, Dropped or ProcessingFailed.',
          }),
        ),
      retries: z
        .number()
        .int()
        .min(0)
        .max(300)
        .default(3)
        .meta(ui({ label: 'Retries', help: 'Of an invocation that fails as a whole.' })),
      bufferMB: z
        .number()
        .min(0.2)
        .max(3)
        .default(1)
        .meta(ui({ label: 'Buffer size', unit: 'MiB', help: 'What one invocation gets.' })),
      bufferSeconds: z
        .number()
        .int()
        .min(0)
        .max(900)
        .default(60)
        .meta(ui({ label: 'Buffer interval', unit: 's' })),
    }),
    z.object({
      by: z.literal('sql'),
      query: z
        .string()
        .min(1, 'Write the query.')
        .meta(
          ui({
            label: 'Query',
            editor: 'sql',
            placeholder: "SELECT record_id, data->>'id' AS id FROM records",
            help: 'A SELECT over the table records (record_id, data as JSON). Its row is the new record; a record without a row is dropped.',
          }),
        ),
    }),
    z.object({
      by: z.literal('javascript'),
      code: z
        .string()
        .min(1, 'Write the code.')
        .meta(
          ui({
            label: 'Code',
            editor: 'javascript',
            help: 'Defines handler(event), as a function does, in a sandbox without files or network.',
          }),
        ),
      timeoutSeconds: z
        .number()
        .int()
        .min(1)
        .max(300)
        .default(60)
        .meta(ui({ label: 'Timeout', unit: 's' })),
    }),
  ])
  .default({ by: 'none' })
  .meta(
    ui({
      label: 'Transform',
      section: 'Transform',
      options: { none: 'None', function: 'Function', sql: 'SQL', javascript: 'JavaScript' },
    }),
  )

/** The same in the words of a delivery stream. */
export function transformOf(config: z.output<typeof transformConfig>): Transform | undefined {
  switch (config.by) {
    case 'none':
      return undefined
    case 'function':
      return {
        language: 'function',
        function: FUNCTION.exec(config.function)![1],
        retries: config.retries,
        sizeInMBs: config.bufferMB,
        intervalInSeconds: config.bufferSeconds,
      }
    case 'sql':
      return { language: 'sql', query: config.query }
    case 'javascript':
      return { language: 'javascript', code: config.code, timeoutMs: config.timeoutSeconds * 1000 }
  }
}
