import { EngineError } from '../kit/pure/errors.ts'
import { arn } from '../kit/pure/ids.ts'

/** What a caller did wrong. Older operations know it as `ValidationException` (see `aws.ts`). */
export const invalid = (message: string, field?: string): EngineError =>
  new EngineError('InvalidRequestException', message, field === undefined ? {} : { at: { field } })

export const noSuchCluster = (id: string): EngineError => invalid(`Cluster id '${id}' is not valid.`, 'ClusterId')

export const clusterArn = (id: string): string => arn('elasticmapreduce', `cluster/${id}`)
