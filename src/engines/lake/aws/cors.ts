import {
  DeleteBucketCors$,
  type DeleteBucketCorsRequest,
  GetBucketCors$,
  type GetBucketCorsOutput,
  type GetBucketCorsRequest,
  PutBucketCors$,
  type PutBucketCorsRequest,
  type CORSRule as WireRule,
} from '@aws-sdk/client-s3'
import { EngineError } from '../../kit/pure/errors.ts'
import { CorsRule } from '../contract.ts'
import { documentOperation, malformed, operation, refuse } from './common.ts'

const RULES_MAX = 100
const METHODS: ReadonlySet<string> = new Set(CorsRule.shape.methods.element.options)

const invalid = (message: string) => new EngineError('InvalidRequest', message)
const stars = (text: string): number => text.split('*').length - 1

/** Limits of a rule (S3 User Guide, "Elements of a CORS configuration"). */
function readRule(wire: WireRule): CorsRule {
  const { AllowedOrigins: origins = [], AllowedMethods: methods = [], AllowedHeaders: headers = [] } = wire
  const { ExposeHeaders: exposed = [] } = wire
  if (origins.length === 0 || methods.length === 0) throw malformed()
  if ((wire.ID ?? '').length > 255) throw invalid('ID length should not exceed allowed limit of 255')
  const method = methods.find((name) => !METHODS.has(name))
  if (method !== undefined)
    throw invalid(`Found unsupported HTTP method in CORS config. Unsupported method is ${method}`)
  const origin = origins.find((text) => stars(text) > 1)
  if (origin !== undefined) throw invalid(`AllowedOrigin "${origin}" can not have more than one wildcard.`)
  const header = headers.find((text) => stars(text) > 1)
  if (header !== undefined) throw invalid(`AllowedHeader "${header}" can not have more than one wildcard.`)
  const wild = exposed.find((text) => stars(text) > 0)
  if (wild !== undefined)
    throw invalid(`ExposeHeader "${wild}" contains wildcard. We currently do not support wildcard for ExposeHeader.`)
  return {
    id: wire.ID,
    origins,
    methods: methods as CorsRule['methods'],
    headers,
    exposed,
    maxAgeSeconds: wire.MaxAgeSeconds,
  }
}

const writeRule = (rule: CorsRule): WireRule => ({
  ID: rule.id,
  AllowedHeaders: rule.headers,
  AllowedMethods: rule.methods,
  AllowedOrigins: rule.origins,
  ExposeHeaders: rule.exposed,
  MaxAgeSeconds: rule.maxAgeSeconds,
})

/** The rules are kept here and carried out by the gate, which alone sees whose page asks. */
export const corsOperations = {
  PutBucketCors: documentOperation<PutBucketCorsRequest, object>({
    schema: PutBucketCors$,
    async run(input, { clients }) {
      refuse(input, [])
      const cors = (input.CORSConfiguration?.CORSRules ?? []).map(readRule)
      if (cors.length === 0) throw malformed()
      if (cors.length > RULES_MAX)
        throw invalid('The number of CORS rules should not exceed allowed limit of 100 rules.')
      await clients.lake.changeBucket({ bucket: input.Bucket!, cors })
      return {}
    },
  }),

  GetBucketCors: operation<GetBucketCorsRequest, GetBucketCorsOutput>({
    schema: GetBucketCors$,
    async run(input, { clients }) {
      refuse(input, [])
      const { cors } = await clients.lake.bucketSettings({ bucket: input.Bucket! })
      if (!cors) throw new EngineError('NoSuchCORSConfiguration', 'The CORS configuration does not exist')
      return { CORSRules: cors.map(writeRule) }
    },
  }),

  DeleteBucketCors: operation<DeleteBucketCorsRequest, object>({
    schema: DeleteBucketCors$,
    async run(input, { clients }) {
      refuse(input, [])
      await clients.lake.changeBucket({ bucket: input.Bucket!, cors: null })
      return {}
    },
  }),
}
