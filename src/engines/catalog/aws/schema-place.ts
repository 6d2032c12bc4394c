import type { RegistryId, SchemaId, SchemaVersionNumber } from '@aws-sdk/client-glue'
import { ACCOUNT_ID, arn } from '../../kit/pure/ids.ts'
import type { SchemaVersion } from '../contract.ts'
import { invalid, notFound } from '../model.ts'
import type { Reach } from './common.ts'

/** "If this is not provided, the default registry is used" (AWS Glue API, CreateSchema, "RegistryId"). */
export const DEFAULT_REGISTRY = 'default-registry'

export const SCHEMA_NAME = { length: [1, 255], pattern: /[a-zA-Z0-9-_$#.]+/ } as const
export const DATA_FORMAT = { values: ['AVRO', 'JSON', 'PROTOBUF'] } as const
export const COMPATIBILITY = {
  values: ['NONE', 'DISABLED', 'BACKWARD', 'BACKWARD_ALL', 'FORWARD', 'FORWARD_ALL', 'FULL', 'FULL_ALL'],
} as const

export const registryArn = (registry: string, region: string) => arn('glue', `registry/${registry}`, region)
export const schemaArn = (registry: string, schema: string, region: string) =>
  arn('glue', `schema/${registry}/${schema}`, region)

export const isoTime = (timeMs: number) => new Date(timeMs).toISOString()

export function registryOf(id: RegistryId | undefined): string {
  if (id?.RegistryName !== undefined && id.RegistryArn !== undefined)
    throw invalid('Give either RegistryName or RegistryArn, not both.')
  if (id?.RegistryArn === undefined) return id?.RegistryName ?? DEFAULT_REGISTRY
  return partsOf(id.RegistryArn, 'registry')[0]
}

export function schemaOf(id: SchemaId): { registry: string; schema: string } {
  if (id.SchemaArn !== undefined) {
    if (id.SchemaName !== undefined || id.RegistryName !== undefined)
      throw invalid('Give either SchemaArn, or SchemaName and RegistryName.')
    const [registry, schema] = partsOf(id.SchemaArn, 'schema')
    if (schema === undefined) throw invalid(`${id.SchemaArn} is no ARN of a schema.`)
    return { registry, schema }
  }
  if (id.SchemaName === undefined) throw invalid('SchemaName or SchemaArn is needed.')
  return { registry: id.RegistryName ?? DEFAULT_REGISTRY, schema: id.SchemaName }
}

function partsOf(text: string, kind: string): string[] {
  const found = new RegExp(`^arn:[^:]+:glue:[^:]*:(?:${ACCOUNT_ID}|\\d{12}):${kind}/(.+)$`).exec(text)
  if (!found) throw invalid(`${text} is no ARN of a ${kind}.`)
  return found[1].split('/')
}

interface VersionPlace {
  SchemaId?: SchemaId | undefined
  SchemaVersionId?: string | undefined
  SchemaVersionNumber?: SchemaVersionNumber | undefined
}

/** A version by its id, or by its schema and number; without a number the latest. */
export async function versionAt(input: VersionPlace, { clients: { catalog } }: Reach): Promise<SchemaVersion> {
  if (input.SchemaVersionId !== undefined) {
    if (input.SchemaId || input.SchemaVersionNumber)
      throw invalid('Give either SchemaVersionId, or SchemaId and SchemaVersionNumber.')
    return catalog.getSchemaVersion({ versionId: input.SchemaVersionId })
  }
  if (!input.SchemaId) throw invalid('SchemaVersionId or SchemaId is needed.')
  const place = schemaOf(input.SchemaId)
  return numbered(await catalog.listSchemaVersions(place), input.SchemaVersionNumber, place.schema)
}

export function numbered(
  versions: readonly SchemaVersion[],
  number: SchemaVersionNumber | undefined,
  schema: string,
): SchemaVersion {
  const { LatestVersion, VersionNumber } = number ?? { LatestVersion: true }
  if (LatestVersion && VersionNumber !== undefined) throw invalid('Give either LatestVersion or VersionNumber.')
  if (!LatestVersion && VersionNumber === undefined) throw invalid('LatestVersion or VersionNumber is needed.')
  // What is not compatible is nobody's latest.
  const found = LatestVersion
    ? versions.findLast(({ status }) => status === 'AVAILABLE')
    : versions.find(({ version }) => version === VersionNumber)
  if (!found) throw notFound(`Version ${VersionNumber ?? 'latest'} of schema ${schema} not found.`)
  return found
}
