import type { Random } from '../../../kit/pure/random.ts'
import { applog } from './applog.ts'
import { clickstream } from './clickstream.ts'
import type { MakeRecord } from './draw.ts'
import { iot } from './iot.ts'

/** What a generator can make: from its randomness, and a draw of which key a record is of. */
export const TEMPLATES: Record<'clickstream' | 'iot' | 'applog', (random: Random, key: () => number) => MakeRecord> = {
  clickstream,
  iot,
  applog,
}
