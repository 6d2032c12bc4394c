import {
  CheckSchemaVersionValidity$,
  type CheckSchemaVersionValidityInput,
  type CheckSchemaVersionValidityResponse,
  DeleteSchemaVersions$,
  type DeleteSchemaVersionsInput,
  type DeleteSchemaVersionsResponse,
  GetSchemaByDefinition$,
  type GetSchemaByDefinitionInput,
  type GetSchemaByDefinitionResponse,
  GetSchemaVersion$,
  type GetSchemaVersionInput,
  type GetSchemaVersionResponse,
  GetSchemaVersionsDiff$,
  type GetSchemaVersionsDiffInput,
  type GetSchemaVersionsDiffResponse,
  ListSchemaVersions$,
  type ListSchemaVersionsInput,
  type ListSchemaVersionsResponse,
  type MetadataInfo,
  PutSchemaVersionMetadata$,
  type PutSchemaVersionMetadataInput,
  type PutSchemaVersionMetadataResponse,
  QuerySchemaVersionMetadata$,
  type QuerySchemaVersionMetadataInput,
  type QuerySchemaVersionMetadataResponse,
  RegisterSchemaVersion$,
  type RegisterSchemaVersionInput,
  type RegisterSchemaVersionResponse,
  RemoveSchemaVersionMetadata$,
  type RemoveSchemaVersionMetadataInput,
  type RemoveSchemaVersionMetadataResponse,
} from '@aws-sdk/client-glue'
import { page } from '../../kit/node/aws/glue.ts'
import type { SchemaVersion } from '../contract.ts'
import { invalid, notFound } from '../model.ts'
import { operation, paged, type Reach } from './common.ts'
import { DATA_FORMAT, isoTime, numbered, schemaArn, schemaOf, versionAt } from './schema-place.ts'

const DEFINITION = { length: [1, 170_000] } as const
const METADATA = {
  'MetadataKeyValue.MetadataKey': { length: [1, 128], pattern: /[a-zA-Z0-9+\-=._./@]+/ },
  'MetadataKeyValue.MetadataValue': { length: [1, 256], pattern: /[a-zA-Z0-9+\-=._./@]+/ },
} as const

export const RegisterSchemaVersion = operation<RegisterSchemaVersionInput, RegisterSchemaVersionResponse>({
  schema: RegisterSchemaVersion$,
  constraints: { SchemaDefinition: DEFINITION },
  async run({ SchemaId, SchemaDefinition }, { clients }) {
    const place = schemaOf(SchemaId!)
    const made = await clients.catalog.registerSchemaVersion({ ...place, definition: SchemaDefinition! })
    return { SchemaVersionId: made.versionId, VersionNumber: made.version, Status: made.status }
  },
})

export const GetSchemaVersion = operation<GetSchemaVersionInput, GetSchemaVersionResponse>({
  schema: GetSchemaVersion$,
  async run(input, context) {
    const version = await versionAt(input, context)
    return {
      SchemaVersionId: version.versionId,
      SchemaDefinition: version.definition,
      DataFormat: version.format,
      SchemaArn: schemaArn(version.registry, version.schema, context.region),
      VersionNumber: version.version,
      Status: version.status,
      CreatedTime: isoTime(version.createdMs),
    }
  },
})

export const GetSchemaByDefinition = operation<GetSchemaByDefinitionInput, GetSchemaByDefinitionResponse>({
  schema: GetSchemaByDefinition$,
  constraints: { SchemaDefinition: DEFINITION },
  async run({ SchemaId, SchemaDefinition }, { clients, region }) {
    const place = schemaOf(SchemaId!)
    const found = await clients.catalog.findSchemaVersion({ ...place, definition: SchemaDefinition! })
    if (!found.version) throw notFound(`Schema ${place.schema} has no version of this definition.`)
    const { versionId, format, status, createdMs } = found.version
    return {
      SchemaVersionId: versionId,
      SchemaArn: schemaArn(place.registry, place.schema, region),
      DataFormat: format,
      Status: status,
      CreatedTime: isoTime(createdMs),
    }
  },
})

export const ListSchemaVersions = operation<ListSchemaVersionsInput, ListSchemaVersionsResponse>({
  schema: ListSchemaVersions$,
  constraints: paged,
  async run({ SchemaId, NextToken, MaxResults }, { clients, region }) {
    const place = schemaOf(SchemaId!)
    const { items, ...next } = page(await clients.catalog.listSchemaVersions(place), NextToken, MaxResults)
    return {
      Schemas: items.map(({ versionId, version, status, createdMs }) => ({
        SchemaArn: schemaArn(place.registry, place.schema, region),
        SchemaVersionId: versionId,
        VersionNumber: version,
        Status: status,
        CreatedTime: isoTime(createdMs),
      })),
      ...next,
    }
  },
})

const VERSIONS_MAX = 25

/** `1-3`, `5` or `1-3,5`. */
function numbersOf(text: string): number[] {
  const numbers: number[] = []
  for (const part of text.split(',')) {
    const [, first, last = first] = /^\s*(\d{1,6})(?:-(\d{1,6}))?\s*$/.exec(part) ?? []
    if (first === undefined || Number(last) < Number(first)) throw invalid(`'${text}' names no versions.`)
    for (let number = Number(first); number <= Number(last); number++)
      if (numbers.push(number) > VERSIONS_MAX) throw invalid(`At most ${VERSIONS_MAX} versions are deleted at once.`)
  }
  return numbers
}

export const DeleteSchemaVersions = operation<DeleteSchemaVersionsInput, DeleteSchemaVersionsResponse>({
  schema: DeleteSchemaVersions$,
  constraints: { Versions: { length: [1, 100_000], pattern: /[1-9][0-9]*|[1-9][0-9]*-[1-9][0-9]*/ } },
  async run({ SchemaId, Versions }, { clients }) {
    const versions = numbersOf(Versions!)
    const failed = await clients.catalog.deleteSchemaVersions({ ...schemaOf(SchemaId!), versions })
    return {
      SchemaVersionErrors: failed.map(({ version, error }) => ({
        VersionNumber: version,
        ErrorDetails: { ErrorCode: 'InvalidInputException', ErrorMessage: error },
      })),
    }
  },
})

export const GetSchemaVersionsDiff = operation<GetSchemaVersionsDiffInput, GetSchemaVersionsDiffResponse>({
  schema: GetSchemaVersionsDiff$,
  constraints: { SchemaDiffType: { values: ['SYNTAX_DIFF'] } },
  async run({ SchemaId, FirstSchemaVersionNumber, SecondSchemaVersionNumber }, { clients }) {
    const place = schemaOf(SchemaId!)
    const versions = await clients.catalog.listSchemaVersions(place)
    const { patch } = await clients.catalog.diffSchemaVersions({
      ...place,
      from: numbered(versions, FirstSchemaVersionNumber, place.schema).version,
      to: numbered(versions, SecondSchemaVersionNumber, place.schema).version,
    })
    return { Diff: patch }
  },
})

export const CheckSchemaVersionValidity = operation<
  CheckSchemaVersionValidityInput,
  CheckSchemaVersionValidityResponse
>({
  schema: CheckSchemaVersionValidity$,
  constraints: { DataFormat: DATA_FORMAT, SchemaDefinition: DEFINITION },
  async run({ DataFormat, SchemaDefinition }, { clients }) {
    const { valid, error } = await clients.catalog.checkSchema({ format: DataFormat!, definition: SchemaDefinition! })
    return { Valid: valid, Error: error }
  },
})

async function placed(version: SchemaVersion, { clients, region }: Reach & { region: string }) {
  const schema = await clients.catalog.getSchema({ registry: version.registry, schema: version.schema })
  return {
    SchemaArn: schemaArn(version.registry, version.schema, region),
    SchemaName: version.schema,
    RegistryName: version.registry,
    LatestVersion: schema.latestVersion === version.version,
    VersionNumber: version.version,
    SchemaVersionId: version.versionId,
  }
}

/** Puts or removes a pair of a version's, and says which. */
async function changePair(
  verb: 'putVersionMetadata' | 'removeVersionMetadata',
  input: PutSchemaVersionMetadataInput,
  context: Parameters<typeof placed>[1],
) {
  const version = await versionAt(input, context)
  const { MetadataKey, MetadataValue } = input.MetadataKeyValue!
  if (!MetadataKey || !MetadataValue) throw invalid('MetadataKey and MetadataValue are needed.')
  const { versionId } = version
  await context.clients.catalog[verb]({ versionId, key: MetadataKey, value: MetadataValue })
  return { ...(await placed(version, context)), MetadataKey, MetadataValue }
}

export const PutSchemaVersionMetadata = operation<PutSchemaVersionMetadataInput, PutSchemaVersionMetadataResponse>({
  schema: PutSchemaVersionMetadata$,
  constraints: METADATA,
  run: (input, context) => changePair('putVersionMetadata', input, context),
})

export const RemoveSchemaVersionMetadata = operation<
  RemoveSchemaVersionMetadataInput,
  RemoveSchemaVersionMetadataResponse
>({
  schema: RemoveSchemaVersionMetadata$,
  constraints: METADATA,
  run: (input, context) => changePair('removeVersionMetadata', input, context),
})

export const QuerySchemaVersionMetadata = operation<
  QuerySchemaVersionMetadataInput,
  QuerySchemaVersionMetadataResponse
>({
  schema: QuerySchemaVersionMetadata$,
  constraints: { MaxResults: { range: [1, 50] } },
  async run(input, context) {
    const { versionId } = await versionAt(input, context)
    const wanted = input.MetadataList ?? []
    const all = (await context.clients.catalog.listVersionMetadata({ versionId })).filter(
      ({ key, value }) =>
        wanted.length === 0 ||
        wanted.some(
          ({ MetadataKey, MetadataValue }) =>
            (MetadataKey === undefined || MetadataKey === key) &&
            (MetadataValue === undefined || MetadataValue === value),
        ),
    )
    const { items, ...next } = page([...Map.groupBy(all, ({ key }) => key)], input.NextToken, input.MaxResults ?? 50)
    const MetadataInfoMap: Record<string, MetadataInfo> = {}
    // Newest first: the others were values of the same key before.
    for (const [key, values] of items) {
      const [first, ...others] = values.map(({ value, createdMs }) => ({
        MetadataValue: value,
        CreatedTime: isoTime(createdMs),
      }))
      MetadataInfoMap[key] = { ...first, ...(others.length > 0 && { OtherMetadataValueList: others }) }
    }
    return { MetadataInfoMap, SchemaVersionId: versionId, ...next }
  },
})
