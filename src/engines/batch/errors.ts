import { EngineError } from '../kit/pure/errors.ts'
import { arn } from '../kit/pure/ids.ts'

/** All that a caller did wrong has this one code in Batch. */
export const clientError = (message: string, field?: string): EngineError =>
  new EngineError('ClientException', message, field === undefined ? {} : { at: { field } })

export const definitionArn = (name: string, revision: number): string =>
  arn('batch', `job-definition/${name}:${revision}`)
export const environmentArn = (name: string): string => arn('batch', `compute-environment/${name}`)
export const queueArn = (name: string): string => arn('batch', `job-queue/${name}`)
export const policyArn = (name: string): string => arn('batch', `scheduling-policy/${name}`)
export const jobArn = (id: string): string => arn('batch', `job/${id}`)
