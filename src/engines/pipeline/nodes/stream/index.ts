import { defineNode } from '../define.ts'
import { accountStream } from './account.ts'
import { streamConfig } from './config.ts'
import { consume } from './consume.ts'
import { prepareStream } from './prepare.ts'
import { produce } from './produce.ts'

export const stream = defineNode({
  kind: 'stream',
  title: 'Data stream',
  service: 'Kinesis Data Streams',
  summary: 'Keeps records in order in shards, durably; what follows reads them as a consumer.',
  group: 'Streams',
  icon: 'waves',
  inputs: [{ name: 'in', type: 'records', many: true }],
  outputs: [{ name: 'out', type: 'records' }],
  version: 1,
  config: streamConfig,
  behaviour: {
    owns: (config) => [`stream "${config.stream}"`],
    prepare: prepareStream,
    run: async (context, ledger) => {
      const consumes = context.out('out') !== null
      // Each loop has a hold of its own; this one lets go.
      await context.idle(
        Promise.all([
          context.branch((own) => produce(own, ledger)),
          ...(consumes ? [context.branch((own) => consume(own, ledger))] : []),
        ]),
      )
    },
    account: accountStream,
  },
})
