import type { Json, JsonObject, ResultWriter } from '../asl/types.ts'
import type { Execution, MapRun } from '../contract.ts'
import type { Integrations } from '../integrations/integrations.ts'
import type { Scope } from '../run/scope.ts'

interface Ended {
  readonly map: MapRun
  readonly children: readonly Execution[]
  /** Inputs of children that never began. */
  readonly pending: readonly string[]
  readonly writer: ResultWriter | undefined
}

type Config = Required<NonNullable<ResultWriter['WriterConfig']>>

const iso = (timeMs: number): string => new Date(timeMs).toISOString()

/** A child execution as ResultWriter writes it with the transformation NONE. */
function whole({
  arn,
  input,
  name,
  output,
  error,
  cause,
  startedMs,
  stoppedMs,
  machineArn,
  status,
  redriveCount,
}: Execution): JsonObject {
  return {
    ExecutionArn: arn,
    Input: input,
    InputDetails: { Included: true },
    Name: name,
    ...(output !== undefined && { Output: output, OutputDetails: { Included: true } }),
    ...(error !== undefined && { Error: error }),
    ...(cause !== undefined && { Cause: cause }),
    RedriveCount: redriveCount,
    StartDate: iso(startedMs),
    StateMachineArn: machineArn,
    Status: status,
    ...(stoppedMs !== undefined && { StopDate: iso(stoppedMs) }),
  }
}

/** "If a child workflow execution fails, Step Functions returns its execution result unchanged" (developer guide, "ResultWriter"). */
function shown(children: readonly Execution[], transformation: Config['Transformation']): Json[] {
  return children.flatMap((child): Json[] => {
    if (transformation === 'NONE' || child.output === undefined) return [whole(child)]
    const output = JSON.parse(child.output) as Json
    return transformation === 'FLATTEN' && Array.isArray(output) ? output : [output]
  })
}

const text = (values: readonly Json[], { OutputType }: Config): string =>
  OutputType === 'JSONL' ? values.map((value) => JSON.stringify(value)).join('\n') : JSON.stringify(values)

/** Results of a map run as its state gives them: all of them, or where they were written. Throws StateError. */
export async function resultsOf(
  { map: { arn }, children, pending, writer }: Ended,
  scope: Scope,
  integrations: Integrations,
  signal: AbortSignal,
): Promise<Json> {
  const exported = writer?.Resource !== undefined
  const config: Config = { Transformation: exported ? 'NONE' : 'COMPACT', OutputType: 'JSON', ...writer?.WriterConfig }
  if (!exported) {
    const values = shown(children, config.Transformation)
    return config.OutputType === 'JSONL' ? text(values, config) : values
  }
  const place = (await scope.value((writer.Parameters ?? writer.Arguments)!, 'ResultWriter')) as JsonObject
  const { Bucket, Prefix = '' } = place as { Bucket: string; Prefix?: string }
  const folder = [Prefix.replace(/\/$/, ''), arn.split(':').at(-1)!].filter((part) => part !== '').join('/')
  const put = async (name: string, body: string): Promise<JsonObject> => {
    const Key = `${folder}/${name}`
    await integrations.ask('s3', 'PutObject', { Bucket, Key, Body: body }, 'S3', signal, 'States.ResultWriterFailed')
    return { Key, Size: Buffer.byteLength(body) }
  }
  const succeeded = children.filter(({ status }) => status === 'SUCCEEDED')
  const failed = children.filter(({ status }) => status !== 'SUCCEEDED')
  const suffix = config.OutputType.toLowerCase()
  const write = async (kind: string, values: readonly Json[]) =>
    values.length > 0 ? [await put(`${kind}_0.${suffix}`, text(values, config))] : []
  const files = {
    FAILED: await write('FAILED', shown(failed, config.Transformation)),
    PENDING: await write(
      'PENDING',
      pending.map((input) => ({ Input: input, InputDetails: { Included: true } })),
    ),
    SUCCEEDED: await write('SUCCEEDED', shown(succeeded, config.Transformation)),
  }
  const manifest = { DestinationBucket: Bucket, MapRunArn: arn, ResultFiles: files }
  const { Key } = await put('manifest.json', JSON.stringify(manifest))
  return { MapRunArn: arn, ResultWriterDetails: { Bucket, Key } }
}
