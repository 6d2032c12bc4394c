import { z } from 'zod'
import { defineNode, ui } from './define.ts'
import { relay } from './kit/relay.ts'

export const tailConfig = z.object({
  file: z
    .string()
    .min(1, 'Name the file to follow.')
    .meta(
      ui({
        label: 'File',
        placeholder: '/var/log/app.log',
        help: 'A path in the workspace or, where the workspace is trusted, anywhere on this machine. It need not exist yet.',
      }),
    ),
  start: z
    .enum(['end', 'beginning'])
    .default('end')
    .meta(
      ui({
        label: 'Begin at',
        options: { end: 'The end of the file', beginning: 'The beginning of the file' },
        help: 'Where no earlier run has left a position.',
      }),
    ),
  resume: z
    .boolean()
    .default(true)
    .meta(
      ui({
        label: 'Go on where it stopped',
        help: 'The position is kept on disk, and moves on once what follows has dealt with a line. After a crash the lines since then are sent again: each at least once, none left out.',
      }),
    ),
  keyBy: z
    .enum(['line', 'file', 'field'])
    .default('line')
    .meta(
      ui({
        label: 'Partition key',
        section: 'Records',
        options: { line: 'One of its own for each line', file: 'The name of the file', field: 'A field of the line' },
        help: 'The name of the file keeps all lines in order, in one shard.',
      }),
    ),
  keyField: z
    .string()
    .default('')
    .meta(
      ui({
        label: 'Field of the key',
        section: 'Records',
        placeholder: 'user.id',
        help: 'For lines that are JSON. A line without it gets a key of its own.',
      }),
    ),
  wrap: z
    .boolean()
    .default(false)
    .meta(
      ui({
        label: 'Wrap lines in JSON',
        section: 'Records',
        help: 'As {"file", "offset", "line"}: for lines that are no JSON, so that what follows can work on them.',
      }),
    ),
})

export const tail = defineNode({
  kind: 'tail',
  title: 'File tail',
  summary:
    'Follows a file that grows, as tail -F does: each line is a record. Rotated and truncated files are followed, a half-written last line waits until it is whole, and blank lines are left out.',
  group: 'Sources',
  icon: 'file-input',
  inputs: [],
  outputs: [{ name: 'out', type: 'records' }],
  version: 1,
  config: tailConfig,
  behaviour: {
    check: ({ keyBy, keyField }) =>
      keyBy === 'field' && keyField === '' ? [{ field: 'keyField', message: 'Name the field of the key.' }] : [],
    prepare: async () => undefined,
    run: (context) => {
      const { file, start, resume, keyBy, keyField, wrap } = context.config
      const position = resume ? `${context.pipeline}/${context.id}` : null
      return relay(context, { type: 'tail', file, start, position, keyBy, keyField, wrap })
    },
  },
})
