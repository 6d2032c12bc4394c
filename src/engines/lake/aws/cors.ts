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

const METHODS: ReadonlySet<string> = new Set(CorsRule.shape.methods.element.options)

function readRule(wire: WireRule): CorsRule {
  const { AllowedOrigins: origins = [], AllowedMethods: methods = [], AllowedHeaders: headers = [] } = wire
  const { ExposeHeaders: exposed = [] } = wire
  if (origins.length === 0 || methods.length === 0) throw malformed()
  const method = methods.find((name) => !METHODS.has(name))
  if (method !== undefined)
    throw new EngineError(
      'InvalidRequest',
      `Found unsupported HTTP method in CORS config. Unsupported method is ${method}`,
    )
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
