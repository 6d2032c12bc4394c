import {
  CreateFunction$,
  type CreateFunctionRequest,
  DeleteFunction$,
  type DeleteFunctionRequest,
  type FunctionCode,
  type FunctionConfiguration,
  GetFunction$,
  GetFunctionConfiguration$,
  type GetFunctionConfigurationRequest,
  type GetFunctionRequest,
  type GetFunctionResponse,
  ListFunctions$,
  type ListFunctionsRequest,
  type ListFunctionsResponse,
  UpdateFunctionCode$,
  type UpdateFunctionCodeRequest,
  UpdateFunctionConfiguration$,
  type UpdateFunctionConfigurationRequest,
} from '@aws-sdk/client-lambda'
import type { Clients } from '../../contract.ts'
import { type FunctionInfo, type FunctionSettings, LATEST, RUNTIMES, type Runtime, splitRef } from '../contract.ts'
import { invalid } from '../errors.ts'
import { nameOf, notHonoured, operation, ownedBytes, pageOf, refOf, requireHonoured, timeOf } from './common.ts'

const SETTINGS = [
  'FunctionName',
  'Description',
  'Environment',
  'Handler',
  'Layers',
  'MemorySize',
  'Role',
  'Runtime',
  'Timeout',
] as const
const LIMITS = {
  Description: { length: [0, 256] },
  Handler: { length: [1, 128], pattern: /[^\s]+/ },
  'Layers[]': {
    length: [1, 140],
    pattern: /[a-zA-Z0-9-]+:[a-zA-Z0-9-]+:[a-zA-Z0-9-]+:[a-zA-Z0-9-]+:\S*:layer:[a-zA-Z0-9-_]+:[0-9]+/,
  },
  MemorySize: { range: [128, 10_240] },
  Role: { pattern: /arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role\/?[a-zA-Z_0-9+=,.@\-_/]+/ },
  Runtime: { values: RUNTIMES },
  Timeout: { range: [1, 900] },
} as const

/** This machine's own, whatever it is: a function that needs another would not run. */
const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'x86_64'

const CreateFunction = operation<CreateFunctionRequest, FunctionConfiguration>({
  schema: CreateFunction$,
  constraints: LIMITS,
  async run(input, { clients }) {
    const { Code = {}, Runtime, Handler, Architectures, Tags = {}, PackageType } = input
    requireHonoured(input, [...SETTINGS, 'Code', 'Architectures', 'Tags', 'PackageType', 'Publish'])
    if (PackageType === 'Image') throw notHonoured('PackageType Image')
    if (!Runtime || !Handler)
      throw invalid('Runtime and Handler are mandatory parameters for functions created with deployment packages.')
    requireArchitecture(Architectures)
    const info = await clients.functions.createFunction({
      name: nameOf(input.FunctionName),
      runtime: Runtime as Runtime,
      handler: Handler,
      ...settingsOf(input),
      tags: Tags,
      code: { zip: await zipOf(Code, clients) },
    })
    return configurationOf(input.Publish ? await clients.functions.publishVersion({ name: info.name }) : info)
  },
})

const UpdateFunctionCode = operation<UpdateFunctionCodeRequest, FunctionConfiguration>({
  schema: UpdateFunctionCode$,
  async run(input, { clients }) {
    const code = ['ZipFile', 'S3Bucket', 'S3Key'] as const
    requireHonoured(input, ['FunctionName', 'RevisionId', 'Architectures', 'Publish', ...code])
    requireArchitecture(input.Architectures)
    const { RevisionId: revisionId } = input
    const zip = await zipOf(input, clients)
    const name = nameOf(input.FunctionName)
    const info = await clients.functions.updateCode({ name, zip, ...(revisionId && { revisionId }) })
    return configurationOf(input.Publish ? await clients.functions.publishVersion({ name }) : info)
  },
})

const UpdateFunctionConfiguration = operation<UpdateFunctionConfigurationRequest, FunctionConfiguration>({
  schema: UpdateFunctionConfiguration$,
  constraints: LIMITS,
  async run(input, { clients }) {
    requireHonoured(input, [...SETTINGS, 'RevisionId'])
    const { Runtime, Handler, RevisionId: revisionId } = input
    const settings = {
      ...settingsOf(input),
      ...(Runtime && { runtime: Runtime as Runtime }),
      ...(Handler && { handler: Handler }),
    }
    const name = nameOf(input.FunctionName)
    const info = await clients.functions.updateSettings({ name, settings, ...(revisionId && { revisionId }) })
    return configurationOf(info)
  },
})

const GetFunction = operation<GetFunctionRequest, GetFunctionResponse>({
  schema: GetFunction$,
  async run({ FunctionName, Qualifier }, { clients }) {
    const info = await clients.functions.describeFunction({ name: refOf(FunctionName, Qualifier) })
    return {
      Configuration: configurationOf(info),
      Code: { RepositoryType: 'S3', Location: `file://${info.directory}` },
      ...(Object.keys(info.tags).length > 0 && { Tags: info.tags }),
    }
  },
})

const GetFunctionConfiguration = operation<GetFunctionConfigurationRequest, FunctionConfiguration>({
  schema: GetFunctionConfiguration$,
  async run({ FunctionName, Qualifier }, { clients }) {
    return configurationOf(await clients.functions.describeFunction({ name: refOf(FunctionName, Qualifier) }))
  },
})

const ListFunctions = operation<ListFunctionsRequest, ListFunctionsResponse>({
  schema: ListFunctions$,
  constraints: { MaxItems: { range: [1, 10_000] }, FunctionVersion: { values: ['ALL'] } },
  async run(input, { clients }) {
    requireHonoured(input, ['Marker', 'MaxItems', 'FunctionVersion'])
    const latest = await clients.functions.listFunctions({})
    const versions = ({ name }: FunctionInfo) => clients.functions.listVersions({ name })
    const all = input.FunctionVersion === 'ALL' ? (await Promise.all(latest.map(versions))).flat() : latest
    const { items, NextMarker } = pageOf(all, input.Marker, Math.min(input.MaxItems ?? 50, 50))
    return { Functions: items.map(configurationOf), NextMarker }
  },
})

const DeleteFunction = operation<DeleteFunctionRequest, object>({
  schema: DeleteFunction$,
  async run({ FunctionName, Qualifier }, { clients, answer }) {
    const { name, qualifier } = splitRef(refOf(FunctionName, Qualifier))
    if (qualifier === undefined) await clients.functions.deleteFunction({ name })
    else if (qualifier === LATEST)
      throw invalid('$LATEST version cannot be deleted without deleting the function.', 'Qualifier')
    else if (!/^\d+$/.test(qualifier)) throw invalid('Deletion of aliases is not currently supported.', 'Qualifier')
    else await clients.functions.deleteVersion({ name, version: qualifier })
    answer.status = 204
    return {}
  },
})

export const functionOperations = {
  CreateFunction,
  DeleteFunction,
  GetFunction,
  GetFunctionConfiguration,
  ListFunctions,
  UpdateFunctionCode,
  UpdateFunctionConfiguration,
}

function settingsOf(input: CreateFunctionRequest | UpdateFunctionConfigurationRequest): Partial<FunctionSettings> {
  const { Timeout, MemorySize, Description, Environment, Role, Layers } = input
  return {
    ...(Timeout !== undefined && { timeoutS: Timeout }),
    ...(MemorySize !== undefined && { memoryMiB: MemorySize }),
    ...(Description !== undefined && { description: Description }),
    ...(Environment && { environment: environmentOf(Environment.Variables ?? {}) }),
    ...(Role !== undefined && { roleArn: Role }),
    ...(Layers && { layers: Layers }),
  }
}

const RESERVED =
  /^(?:_HANDLER|_X_AMZN_TRACE_ID|AWS_(?:DEFAULT_REGION|REGION|EXECUTION_ENV|ACCESS_KEY|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|LAMBDA_.*)|LAMBDA_(?:TASK_ROOT|RUNTIME_DIR))$/

function environmentOf(variables: Record<string, string>): Record<string, string> {
  const names = Object.keys(variables)
  const reserved = names.filter((name) => RESERVED.test(name))
  if (reserved.length > 0)
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    )
  // What starts the runtime would also change what keeps it in its folder.
  const unsafe = names.find((name) => /^(?:NODE_OPTIONS|NODE_PATH|LD_.*|DYLD_.*|PYTHON.*)$/.test(name))
  if (unsafe) throw notHonoured(`the environment variable ${unsafe}`)
  return variables
}

function requireArchitecture(given: readonly string[] | undefined): void {
  const strange = given?.find((name) => name !== ARCHITECTURE)
  if (strange) throw invalid(`This machine runs ${ARCHITECTURE} functions, not ${strange}.`, 'Architectures')
}

/** The zip of a function's code or of a layer. */
export async function zipOf(
  code: Pick<FunctionCode, 'ZipFile' | 'S3Bucket' | 'S3Key'>,
  clients: Pick<Clients, 'lake'>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { ZipFile, S3Bucket, S3Key, ...others } = code as FunctionCode
  requireHonoured('FunctionName' in others ? {} : others, [])
  if (ZipFile) return ownedBytes(ZipFile)
  if (!S3Bucket || !S3Key) throw invalid('Please provide a source for function code.', 'Code')
  try {
    return ownedBytes((await clients.lake.getObject({ bucket: S3Bucket, key: S3Key })).body)
  } catch (thrown) {
    throw invalid(`Error occurred while GetObject. ${(thrown as Error).message}`, 'Code')
  }
}

export function configurationOf(info: FunctionInfo): FunctionConfiguration {
  const { environment, modifiedMs } = info
  return {
    FunctionName: info.name,
    FunctionArn: info.arn,
    Runtime: info.runtime,
    Role: info.roleArn,
    Handler: info.handler,
    CodeSize: info.codeBytes,
    Description: info.description,
    Timeout: info.timeoutS,
    MemorySize: info.memoryMiB,
    LastModified: timeOf(modifiedMs),
    CodeSha256: info.codeSha256,
    Version: info.version,
    RevisionId: info.revisionId,
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Architectures: [ARCHITECTURE],
    ...(info.layers.length > 0 && { Layers: info.layers.map((Arn, i) => ({ Arn, CodeSize: info.layerBytes[i] })) }),
    ...(Object.keys(environment).length > 0 && { Environment: { Variables: environment } }),
  }
}
