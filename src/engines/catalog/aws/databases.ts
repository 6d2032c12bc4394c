import {
  CreateDatabase$,
  type CreateDatabaseRequest,
  type CreateDatabaseResponse,
  type Database,
  type DatabaseInput,
  DeleteDatabase$,
  type DeleteDatabaseRequest,
  type DeleteDatabaseResponse,
  GetDatabase$,
  type GetDatabaseRequest,
  type GetDatabaseResponse,
  GetDatabases$,
  type GetDatabasesRequest,
  type GetDatabasesResponse,
  UpdateDatabase$,
  type UpdateDatabaseRequest,
  type UpdateDatabaseResponse,
} from '@aws-sdk/client-glue'
import { page, refuse } from '../../kit/node/aws/glue.ts'
import { ACCOUNT_ID, arn } from '../../kit/pure/ids.ts'
import type { CatalogDatabase } from '../contract.ts'
import { invalid, notFound } from '../model.ts'
import { NAME, operation, packed, paged, type Reach, refuseOtherCatalog, unpacked } from './common.ts'
import { forgetTags, keepTags } from './tags.ts'

type Beside = Pick<DatabaseInput, 'Parameters' | 'CreateTableDefaultPermissions'>

const constraints = { 'DatabaseInput.Name': NAME, 'DatabaseInput.Description': { length: [0, 2048] } } as const

function stored(given: DatabaseInput) {
  refuse(given, 'TargetDatabase', 'FederatedDatabase')
  const { Parameters, CreateTableDefaultPermissions } = given
  const beside: Beside = {
    ...(Parameters && { Parameters }),
    ...(CreateTableDefaultPermissions && { CreateTableDefaultPermissions }),
  }
  return {
    database: given.Name!,
    ...(given.Description !== undefined && { description: given.Description }),
    ...(given.LocationUri !== undefined && { location: given.LocationUri }),
    ...(Object.keys(beside).length > 0 && { glue: packed(beside) }),
  }
}

const toGlue = ({ name, description, location, glue, createdMs }: CatalogDatabase): Database => ({
  Name: name,
  Description: description,
  LocationUri: location,
  ...unpacked<Beside>(glue),
  CreateTime: new Date(createdMs),
  CatalogId: ACCOUNT_ID,
})

export const CreateDatabase = operation<CreateDatabaseRequest, CreateDatabaseResponse>({
  schema: CreateDatabase$,
  constraints,
  async run(input, context) {
    refuseOtherCatalog(input)
    const database = stored(input.DatabaseInput!)
    await context.clients.catalog.createDatabase(database)
    await keepTags(arn('glue', `database/${database.database.toLowerCase()}`, context.region), input.Tags, context)
    return {}
  },
})

export const UpdateDatabase = operation<UpdateDatabaseRequest, UpdateDatabaseResponse>({
  schema: UpdateDatabase$,
  constraints: { ...constraints, Name: NAME },
  async run(input, { clients }) {
    refuseOtherCatalog(input)
    const given = input.DatabaseInput!
    if (given.Name!.toLowerCase() !== input.Name!.toLowerCase()) throw invalid('A database cannot be renamed.')
    await clients.catalog.updateDatabase(stored(given))
    return {}
  },
})

async function databases({ clients }: Reach) {
  return (await clients.catalog.listDatabases({})).map(toGlue)
}

export const GetDatabase = operation<GetDatabaseRequest, GetDatabaseResponse>({
  schema: GetDatabase$,
  constraints: { Name: NAME },
  async run(input, context) {
    refuseOtherCatalog(input)
    const name = input.Name!.toLowerCase()
    const found = (await databases(context)).find((database) => database.Name === name)
    if (!found) throw notFound(`Database ${name} not found.`)
    return { Database: found }
  },
})

export const GetDatabases = operation<GetDatabasesRequest, GetDatabasesResponse>({
  schema: GetDatabases$,
  constraints: paged,
  async run(input, context) {
    refuseOtherCatalog(input)
    const { NextToken, MaxResults, ResourceShareType, AttributesToGet } = input
    // Databases that others share: there are none.
    const all = ResourceShareType === 'FOREIGN' || ResourceShareType === 'FEDERATED' ? [] : await databases(context)
    const { items, ...next } = page(all, NextToken, MaxResults)
    const names = AttributesToGet?.length ? items.map(({ Name }) => ({ Name })) : items
    return { DatabaseList: names, ...next }
  },
})

export const DeleteDatabase = operation<DeleteDatabaseRequest, DeleteDatabaseResponse>({
  schema: DeleteDatabase$,
  constraints: { Name: NAME },
  async run(input, context) {
    refuseOtherCatalog(input)
    await context.clients.catalog.deleteDatabase({ database: input.Name! })
    await forgetTags(arn('glue', `database/${input.Name!.toLowerCase()}`, context.region), context)
    return {}
  },
})
