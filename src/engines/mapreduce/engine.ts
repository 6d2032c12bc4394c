import { defineEngine } from '../define.ts'
import { EngineError } from '../kit/pure/errors.ts'

export const engine = defineEngine({
  name: 'mapreduce',
  needs: ['hdfs', 'lake', 'workspace'],
  async start() {
    throw new EngineError('ServiceUnavailable', 'MapReduce is being built.', { domain: 'internal' })
  },
})
