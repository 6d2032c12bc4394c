import { GroupedFeed } from '../kit/node/grouped-feed.ts'
import { uuid } from '../kit/pure/ids.ts'
import type { Random } from '../kit/pure/random.ts'
import type { AwsRequest } from './contract.ts'

/** Ids of requests: a random beginning of this run, and a count. They are asked for with every request, so they must cost nothing. */
export function requestIds(random: Random): () => string {
  const beginning = uuid(random).slice(0, 24)
  let count = 0
  return () => beginning + (++count).toString(16).padStart(12, '0')
}

/** Requests answered, as the page shows them. */
export const requestLog = () => new GroupedFeed<AwsRequest>({ everyMs: 250, most: 2000 })
