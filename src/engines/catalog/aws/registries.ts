import {
  CreateRegistry$,
  type CreateRegistryInput,
  type CreateRegistryResponse,
  DeleteRegistry$,
  type DeleteRegistryInput,
  type DeleteRegistryResponse,
  GetRegistry$,
  type GetRegistryInput,
  type GetRegistryResponse,
  ListRegistries$,
  type ListRegistriesInput,
  type ListRegistriesResponse,
  UpdateRegistry$,
  type UpdateRegistryInput,
  type UpdateRegistryResponse,
} from '@aws-sdk/client-glue'
import { page } from '../../kit/node/aws/glue.ts'
import type { Registry } from '../contract.ts'
import { notFound } from '../model.ts'
import { operation, paged } from './common.ts'
import { isoTime, registryArn, registryOf, SCHEMA_NAME } from './schema-place.ts'
import { forgetTags, keepTags } from './tags.ts'

const DESCRIPTION = { length: [0, 2048] } as const

const toGlue = ({ name, description, createdMs, updatedMs }: Registry, region: string) => ({
  RegistryName: name,
  RegistryArn: registryArn(name, region),
  Description: description,
  Status: 'AVAILABLE' as const,
  CreatedTime: isoTime(createdMs),
  UpdatedTime: isoTime(updatedMs),
})

export const CreateRegistry = operation<CreateRegistryInput, CreateRegistryResponse>({
  schema: CreateRegistry$,
  constraints: { RegistryName: SCHEMA_NAME, Description: DESCRIPTION, Tags: { length: [0, 50] } },
  async run({ RegistryName, Description, Tags }, context) {
    await context.clients.catalog.createRegistry({
      registry: RegistryName!,
      ...(Description !== undefined && { description: Description }),
    })
    const RegistryArn = registryArn(RegistryName!, context.region)
    await keepTags(RegistryArn, Tags, context)
    return { RegistryArn, RegistryName, Description, Tags }
  },
})

export const GetRegistry = operation<GetRegistryInput, GetRegistryResponse>({
  schema: GetRegistry$,
  async run({ RegistryId }, { clients, region }) {
    const name = registryOf(RegistryId)
    const found = (await clients.catalog.listRegistries({})).find((registry) => registry.name === name)
    if (!found) throw notFound(`Registry ${name} not found.`)
    return toGlue(found, region)
  },
})

export const ListRegistries = operation<ListRegistriesInput, ListRegistriesResponse>({
  schema: ListRegistries$,
  constraints: paged,
  async run({ NextToken, MaxResults }, { clients, region }) {
    const { items, ...next } = page(await clients.catalog.listRegistries({}), NextToken, MaxResults)
    return { Registries: items.map((registry) => toGlue(registry, region)), ...next }
  },
})

export const UpdateRegistry = operation<UpdateRegistryInput, UpdateRegistryResponse>({
  schema: UpdateRegistry$,
  constraints: { Description: DESCRIPTION },
  async run({ RegistryId, Description }, { clients, region }) {
    const { name } = await clients.catalog.updateRegistry({
      registry: registryOf(RegistryId),
      description: Description!,
    })
    return { RegistryName: name, RegistryArn: registryArn(name, region) }
  },
})

export const DeleteRegistry = operation<DeleteRegistryInput, DeleteRegistryResponse>({
  schema: DeleteRegistry$,
  async run({ RegistryId }, context) {
    const registry = registryOf(RegistryId)
    const RegistryArn = registryArn(registry, context.region)
    await context.clients.catalog.deleteRegistry({ registry })
    await forgetTags(RegistryArn, context)
    return { RegistryName: registry, RegistryArn, Status: 'DELETING' }
  },
})
