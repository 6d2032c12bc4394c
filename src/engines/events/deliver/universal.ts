import { EngineError } from '../../kit/pure/errors.ts'
import { invalid } from '../errors.ts'
import type { Place } from './places.ts'

/** Names by which the AWS SDK for Java calls services, as universal targets do, and those by which a signature does. */
const SERVICES: Readonly<Record<string, string>> = {
  athena: 'athena',
  batch: 'batch',
  cloudwatch: 'monitoring',
  dynamodb: 'dynamodb',
  emr: 'elasticmapreduce',
  eventbridge: 'events',
  firehose: 'firehose',
  glue: 'glue',
  kinesis: 'kinesis',
  lambda: 'lambda',
  s3: 's3',
  scheduler: 'scheduler',
  sfn: 'states',
}

/** Scheduler user guide, "Unsupported API operations": those that only read. */
const READ_ONLY =
  /^(get|describe|list|poll|receive|search|scan|query|select|read|lookup|discover|validate|batchGet|batchDescribe|batchRead|transactGet|retrieve)/

/** Members that make a request safe to repeat. The SDK fills them in; here they are the delivery's, so that it asks once. */
const TOKENS = ['ClientRequestToken', 'ClientToken']

function partsOf(name: string): { service: string; operation: string } {
  const [service, action] = name.split(':')
  if (!Object.hasOwn(SERVICES, service)) throw invalid(`Invalid RequestJson provided. ${service} is not offered here.`)
  if (READ_ONLY.test(action)) throw invalid(`${name} is not supported as a target: it only reads.`, 'Target.Arn')
  return { service: SERVICES[service], operation: action[0].toUpperCase() + action.slice(1) }
}

/** `arn:aws:scheduler:::aws-sdk:glue:startCrawler`: any operation that Millrace offers; the input is its request. */
export const universal: Place = {
  for: ['schedule'],
  async check({ gate }, { arn }) {
    const operation = partsOf(arn.slice(arn.indexOf(':aws-sdk:') + ':aws-sdk:'.length))
    await gate.describeOperation(operation).catch((thrown) => {
      throw invalid(EngineError.from(thrown).message, 'Target.Arn')
    })
  },
  async deliver({ gate }, { payload, id }, name) {
    const operation = partsOf(name)
    const { members } = await gate.describeOperation(operation)
    const token = members.find((member) => TOKENS.includes(member))
    const input = {
      ...(token && { [token]: `millrace-events-delivery-${id.padStart(12, '0')}` }),
      ...JSON.parse(payload),
    }
    return (await gate.invoke({ ...operation, input: JSON.stringify(input) })).output
  },
}
