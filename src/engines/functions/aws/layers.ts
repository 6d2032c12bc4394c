import {
  type Architecture,
  DeleteLayerVersion$,
  type DeleteLayerVersionRequest,
  GetLayerVersion$,
  GetLayerVersionByArn$,
  type GetLayerVersionByArnRequest,
  type GetLayerVersionRequest,
  type GetLayerVersionResponse,
  type LayerVersionsListItem,
  ListLayers$,
  type ListLayersRequest,
  type ListLayersResponse,
  ListLayerVersions$,
  type ListLayerVersionsRequest,
  type ListLayerVersionsResponse,
  PublishLayerVersion$,
  type PublishLayerVersionRequest,
  type PublishLayerVersionResponse,
  type Runtime,
} from '@aws-sdk/client-lambda'
import type { Clients } from '../../contract.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import type { LayerVersion } from '../contract.ts'
import { invalid } from '../errors.ts'
import { operation, pageOf, requireHonoured, timeOf } from './common.ts'
import { zipOf } from './functions.ts'

type Functions = Pick<Clients, 'functions'>

const LIMITS = {
  CompatibleArchitectures: { length: [0, 2] },
  'CompatibleArchitectures[]': { values: ['x86_64', 'arm64'] },
  CompatibleRuntimes: { length: [0, 15] },
  Description: { length: [0, 256] },
  LicenseInfo: { length: [0, 512] },
  MaxItems: { range: [1, 50] },
} as const

const PublishLayerVersion = operation<PublishLayerVersionRequest, PublishLayerVersionResponse>({
  schema: PublishLayerVersion$,
  constraints: LIMITS,
  async run(input, { clients, answer }) {
    requireHonoured(input.Content!, ['ZipFile', 'S3Bucket', 'S3Key'])
    const layer = await clients.functions.publishLayer({
      name: nameOf(input.LayerName),
      description: input.Description ?? '',
      license: input.LicenseInfo ?? '',
      runtimes: input.CompatibleRuntimes ?? [],
      architectures: input.CompatibleArchitectures ?? [],
      zip: await zipOf(input.Content!, clients),
    })
    answer.status = 201
    return describe(layer)
  },
})

const GetLayerVersion = operation<GetLayerVersionRequest, GetLayerVersionResponse>({
  schema: GetLayerVersion$,
  async run({ LayerName, VersionNumber }, { clients }) {
    const name = nameOf(LayerName)
    return describe(await find(clients, (layer) => layer.name === name && layer.version === VersionNumber))
  },
})

const GetLayerVersionByArn = operation<GetLayerVersionByArnRequest, GetLayerVersionResponse>({
  schema: GetLayerVersionByArn$,
  constraints: {
    Arn: { length: [1, 140], pattern: /arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+/ },
  },
  run: async ({ Arn }, { clients }) => describe(await find(clients, (layer) => layer.arn === Arn)),
})

const ListLayers = operation<ListLayersRequest, ListLayersResponse>({
  schema: ListLayers$,
  constraints: LIMITS,
  async run(input, { clients }) {
    const fitting = (await clients.functions.listLayers({})).filter(fits(input))
    // Ascending, so that the last of each name stands.
    const latest = [...new Map(fitting.map((layer) => [layer.name, layer])).values()]
    const { items, NextMarker } = pageOf(latest, input.Marker, input.MaxItems ?? 50)
    const Layers = items.map((layer) => ({
      LayerName: layer.name,
      LayerArn: arnOf(layer),
      LatestMatchingVersion: itemOf(layer),
    }))
    return { Layers, NextMarker }
  },
})

const ListLayerVersions = operation<ListLayerVersionsRequest, ListLayerVersionsResponse>({
  schema: ListLayerVersions$,
  constraints: LIMITS,
  async run(input, { clients }) {
    const name = nameOf(input.LayerName)
    const all = (await clients.functions.listLayers({})).filter((layer) => layer.name === name).filter(fits(input))
    const { items, NextMarker } = pageOf(all.reverse(), input.Marker, input.MaxItems ?? 50)
    return { LayerVersions: items.map(itemOf), NextMarker }
  },
})

const DeleteLayerVersion = operation<DeleteLayerVersionRequest, object>({
  schema: DeleteLayerVersion$,
  async run({ LayerName, VersionNumber }, { clients, answer }) {
    await clients.functions.deleteLayer({ name: nameOf(LayerName), version: VersionNumber! })
    answer.status = 204
    return {}
  },
})

export const layerOperations = {
  DeleteLayerVersion,
  GetLayerVersion,
  GetLayerVersionByArn,
  ListLayers,
  ListLayerVersions,
  PublishLayerVersion,
}

/** A layer's name, out of that or its ARN without a version. */
function nameOf(text: string | undefined): string {
  const name = /^(?:arn:aws:lambda:[a-z0-9-]+:\d{12}:layer:)?([a-zA-Z0-9-_]{1,140})$/.exec(text ?? '')?.[1]
  if (!name)
    throw invalid(
      `1 validation error detected: Value '${text}' at 'layerName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+`,
      'LayerName',
    )
  return name
}

async function find({ functions }: Functions, wanted: (layer: LayerVersion) => boolean): Promise<LayerVersion> {
  const found = (await functions.listLayers({})).find(wanted)
  if (!found) throw new EngineError('ResourceNotFoundException', 'The resource you requested does not exist.')
  return found
}

/** A layer that names no runtimes or architectures is among none of them. */
const fits =
  ({
    CompatibleRuntime,
    CompatibleArchitecture,
  }: Pick<ListLayersRequest, 'CompatibleRuntime' | 'CompatibleArchitecture'>) =>
  ({ runtimes, architectures }: LayerVersion): boolean =>
    (!CompatibleRuntime || runtimes.includes(CompatibleRuntime)) &&
    (!CompatibleArchitecture || architectures.includes(CompatibleArchitecture))

const arnOf = ({ arn, version }: LayerVersion): string => arn.slice(0, -`:${version}`.length)

function itemOf(layer: LayerVersion): LayerVersionsListItem {
  return {
    LayerVersionArn: layer.arn,
    Version: layer.version,
    Description: layer.description,
    CreatedDate: timeOf(layer.createdMs),
    ...(layer.runtimes.length > 0 && { CompatibleRuntimes: layer.runtimes as Runtime[] }),
    ...(layer.architectures.length > 0 && { CompatibleArchitectures: layer.architectures as Architecture[] }),
    ...(layer.license !== '' && { LicenseInfo: layer.license }),
  }
}

function describe(layer: LayerVersion): GetLayerVersionResponse {
  const { codeSha256, bytes, directory } = layer
  return {
    ...itemOf(layer),
    LayerArn: arnOf(layer),
    Content: { Location: `file://${directory}`, CodeSha256: codeSha256, CodeSize: bytes },
  }
}
