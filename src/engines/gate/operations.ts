import { validate } from '../kit/node/aws/constraints.ts'
import { toServiceError } from '../kit/node/aws/errors.ts'
import { readSdkForm, sdkName, writeSdkForm } from '../kit/node/aws/sdk-form.ts'
import type { AwsContext, AwsOperation, AwsService } from '../kit/node/aws/service.ts'
import { type Member, type OperationShape, operationShape } from '../kit/node/aws/shapes.ts'
import { xmlCodec } from '../kit/node/aws/xml.ts'
import { EngineError } from '../kit/pure/errors.ts'

function rowOf(service: AwsService, name: string): { row: AwsOperation; shape: OperationShape } {
  const row = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined
  if (!row) throw new EngineError('UnknownOperationException', `Millrace does not offer ${name} of ${service.name}.`)
  return { row, shape: operationShape(row.schema) }
}

/** What an operation takes, by the names of the SDK form. */
export function membersOf(service: AwsService, name: string): { members: string[]; required: string[] } {
  const { members } = rowOf(service, name).shape.input
  return { members: members.map(sdkName), required: members.filter(({ required }) => required).map(sdkName) }
}

/** Runs an operation of a service's table for an engine: the same row that answers a client, without the wire. */
export async function invoke(
  service: AwsService,
  name: string,
  text: string,
  about: Omit<AwsContext<unknown>, 'operation' | 'headers' | 'body' | 'answer'> & { report: (thrown: unknown) => void },
): Promise<string> {
  const { row, shape } = rowOf(service, name)
  const { report, ...known } = about
  try {
    const input = readSdkForm(shape.input, JSON.parse(text)) as Record<string, unknown>
    validate(shape.input, input, row.constraints, service.validationCode)
    const body = shape.input.members.find(({ traits }) => traits.streaming || traits.httpPayload)
    const bytes = body && input[body.name] instanceof Uint8Array ? (input[body.name] as Uint8Array) : new Uint8Array(0)
    const answer: AwsContext<unknown>['answer'] = { headers: {} }
    const context = { ...known, operation: name, headers: {}, body: bytes, answer }
    const answered = await row.run(input as never, context as never)
    const output = answer.document === undefined ? answered : readDocument(service, shape, answer.document)
    return JSON.stringify((await writeSdkForm(shape.output, output ?? {})) ?? {})
  } catch (thrown) {
    throw toServiceError(service, name, thrown, report)
  }
}

/** Some rows of S3 write their answer as text. */
const readDocument = ({ xmlNamespace }: AwsService, { output }: OperationShape, text: string): unknown =>
  xmlCodec(xmlNamespace).readPayload({ schema: output.schema } as Member, Buffer.from(text))
