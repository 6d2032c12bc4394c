import type { Clients } from '../../contract.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { type Json, type JsonObject, StateError } from '../asl/types.ts'
import type { Validation } from '../asl/validate.ts'
import type { TaskPhase } from '../run/types.ts'
import { answered, OPTIMISED } from './optimised.ts'
import { type Resource, resourceOf } from './resource.ts'
import { type Call, FOLLOWED } from './sync.ts'

type Service = Extract<Resource, { kind: 'service' }>

/** How errors name their service: optimised integrations, and the SDK's where it differs. */
const ERROR_NAMES: Readonly<Record<string, readonly [optimised: string, sdk?: string]>> = {
  athena: ['Athena'],
  batch: ['Batch'],
  dynamodb: ['DynamoDB', 'DynamoDb'],
  elasticmapreduce: ['ElasticMapReduce', 'Emr'],
  events: ['EventBridge'],
  firehose: ['Firehose'],
  glue: ['Glue'],
  kinesis: ['Kinesis'],
  lambda: ['Lambda'],
  monitoring: ['CloudWatch'],
  s3: ['S3'],
  scheduler: ['Scheduler'],
  states: ['StepFunctions', 'Sfn'],
}

/** Operations that may be asked twice, for they change nothing or come to the same. */
const REPEATABLE = /^(Get|List|Describe|Head|BatchGet|Query|Scan|PutObject$|Stop|Search|Validate)/

/** Requests of Tasks to services, all through the operation tables by which those answer AWS clients. */
export class Integrations {
  private readonly gate: Pick<Clients['gate'], 'invoke' | 'describeOperation'>

  constructor(gate: Pick<Clients['gate'], 'invoke' | 'describeOperation'>) {
    this.gate = gate
  }

  /** Adds what is wrong with the resources of a definition's Tasks, and with the names of their parameters. */
  async check(validation: Validation, hasActivity: (arn: string) => boolean): Promise<void> {
    for (const { resource: text, parameters, location } of validation.tasks) {
      const resource = resourceOf(text)
      const wrong = (why: string) => validation.error('INVALID_RESOURCE', why, `${location}/Resource`)
      if (!resource) wrong(`The resource provided ${text} is not recognized, or Millrace does not offer it.`)
      else if (resource.kind === 'activity' && !hasActivity(text)) wrong(`Activity Does Not Exist: '${text}'`)
      else if (resource.kind === 'service') await this.checkService(validation, resource, parameters, location)
    }
  }

  private async checkService(
    validation: Validation,
    resource: Service,
    given: readonly string[] | undefined,
    location: string,
  ): Promise<void> {
    let offered: { members: string[]; required: string[] }
    try {
      offered = await this.gate.describeOperation({ service: resource.signingName, operation: resource.operation })
    } catch (thrown) {
      const { code, message } = EngineError.from(thrown)
      if (code !== 'UnknownOperationException') throw thrown
      return validation.error('INVALID_RESOURCE', message, `${location}/Resource`)
    }
    const members = optimisedOf(resource)?.members ?? offered.members
    for (const name of given ?? [])
      if (!members.includes(name) && !members.includes(name[0].toUpperCase() + name.slice(1)))
        validation.error('SCHEMA_VALIDATION_FAILED', `The field "${name}" is not supported by Step Functions`, location)
    if (given === undefined || optimisedOf(resource)?.members) return
    for (const name of offered.required)
      if (!given.includes(name) && !given.includes(name[0].toLowerCase() + name.slice(1)))
        validation.error('SCHEMA_VALIDATION_FAILED', `The field "${name}" is required but was missing`, location)
  }

  /** Makes a task's request. Throws StateError. */
  async request({ resource, parameters, token }: TaskPhase, signal: AbortSignal): Promise<Json> {
    if (resource.kind === 'function') {
      const input = { FunctionName: resource.arn, Payload: parameters }
      return answered(await this.ask('lambda', 'Invoke', input, 'Lambda', signal)).Payload
    }
    if (resource.kind === 'activity') throw new Error('Activities wait for their workers.')
    const optimised = optimisedOf(resource)
    const given = parameters as JsonObject
    const input = idempotent(resource, optimised?.input?.(given) ?? given, token)
    const answer = await this.ask(resource.signingName, resource.operation, input, errorName(resource), signal)
    return optimised?.output?.(answer) ?? answer
  }

  /** The result of a job once it has ended, undefined while it runs. Throws StateError where it has failed. */
  async look({ resource, parameters, job }: TaskPhase, signal: AbortSignal): Promise<Json | undefined> {
    const { type, action, pattern } = resource as Service
    const call: Call = (service, operation, input) => this.ask(service, operation, input, 'States', signal)
    const found = await FOLLOWED[`${type}:${action}`].look(call, job as JsonObject, parameters as JsonObject)
    const read = pattern === 'sync:2' ? OPTIMISED[`${type}:${action}`]?.result : undefined
    return found !== undefined && read ? read(found as JsonObject) : found
  }

  async stop({ resource, parameters, job }: TaskPhase): Promise<void> {
    const { type, action } = resource as Service
    const { signal } = new AbortController()
    const call: Call = (service, operation, input) => this.ask(service, operation, input, 'States', signal)
    await FOLLOWED[`${type}:${action}`].stop(call, job as JsonObject, parameters as JsonObject)
  }

  /** Calls an operation in the SDK form; `name` begins the name of its errors, unless all have the same. Throws StateError. */
  async ask(
    service: string,
    operation: string,
    input: JsonObject,
    name: string,
    signal: AbortSignal,
    error?: string,
  ): Promise<JsonObject> {
    try {
      const { output } = await this.gate.invoke({ service, operation, input: JSON.stringify(input) }, { signal })
      return JSON.parse(output) as JsonObject
    } catch (thrown) {
      const { code, message } = EngineError.from(thrown)
      if (error !== undefined) throw new StateError(error, message)
      throw new StateError(`${name}.${/(Exception|Error)$/.test(code) ? code : `${code}Exception`}`, message)
    }
  }
}

const optimisedOf = ({ type, action }: Service) => OPTIMISED[`${type}:${action}`]

function errorName({ signingName, sdk }: Service): string {
  const [optimised, own = optimised] = ERROR_NAMES[signingName]
  return sdk ? own : optimised
}

/** Whether a request that may or may not have been made can be made again. */
export function isRepeatable(resource: Resource): boolean {
  if (resource.kind !== 'service') return false
  const named = ['StartQueryExecution', 'StartExecution'].includes(resource.operation)
  return named || REPEATABLE.test(resource.operation)
}

/** Requests that the service tells apart by a name get one of their attempt, so that asking twice is asking once. */
function idempotent({ operation }: Service, input: JsonObject, token: string): JsonObject {
  if (operation === 'StartQueryExecution') return { ClientRequestToken: token, ...input }
  if (operation === 'StartExecution') return { Name: token, ...input }
  return input
}
