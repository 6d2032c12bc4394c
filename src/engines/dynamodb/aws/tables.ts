import {
  CreateTable$,
  type CreateTableInput,
  type CreateTableOutput,
  DeleteTable$,
  type DeleteTableInput,
  type DeleteTableOutput,
  DescribeLimits$,
  type DescribeLimitsInput,
  type DescribeLimitsOutput,
  DescribeTable$,
  type DescribeTableInput,
  type DescribeTableOutput,
  ListTables$,
  type ListTablesInput,
  type ListTablesOutput,
  UpdateTable$,
  type UpdateTableInput,
  type UpdateTableOutput,
} from '@aws-sdk/client-dynamodb'
import { EngineError } from '../../kit/pure/errors.ts'
import type { Throughput } from '../contract.ts'
import { invalid, invalidValues } from '../errors.ts'
import { partsOf } from '../keys.ts'
import { operation, refuse, TABLE, tableOf } from './common.ts'
import { describeTable, indexOf, KeyReader, tagsOf, throughputOf } from './table-shapes.ts'

const BILLING = { values: ['PROVISIONED', 'PAY_PER_REQUEST'] } as const
const UNITS = { range: [1, null] } as const
const ATTRIBUTE = { length: [1, 255] } as const
const INDEX = { length: [3, 255], pattern: /[a-zA-Z0-9_.-]+/ } as const
const KINDS = { values: ['B', 'N', 'S'] } as const
const KEY_TYPES = { values: ['HASH', 'RANGE'] } as const
const PROJECTIONS = { values: ['ALL', 'INCLUDE', 'KEYS_ONLY'] } as const

const throughput = (path: string) => ({
  [`${path}ProvisionedThroughput.ReadCapacityUnits`]: UNITS,
  [`${path}ProvisionedThroughput.WriteCapacityUnits`]: UNITS,
})

const index = (path: string) => ({
  [`${path}.IndexName`]: INDEX,
  [`${path}.KeySchema`]: { length: [1, 8] } as const,
  [`${path}.KeySchema[].AttributeName`]: ATTRIBUTE,
  [`${path}.KeySchema[].KeyType`]: KEY_TYPES,
  [`${path}.Projection.ProjectionType`]: PROJECTIONS,
  [`${path}.Projection.NonKeyAttributes`]: { length: [1, 20] } as const,
  ...throughput(`${path}.`),
})

const DEFINITIONS = {
  'AttributeDefinitions[].AttributeName': ATTRIBUTE,
  'AttributeDefinitions[].AttributeType': KINDS,
} as const

/** What changes nothing may be said: the stream that is not wanted, the class and key that every table has. */
function refuseBeyond(input: CreateTableInput | UpdateTableInput): void {
  if (input.StreamSpecification?.StreamEnabled) refuse(input, 'StreamSpecification')
  if (input.SSESpecification?.Enabled || input.SSESpecification?.KMSMasterKeyId) refuse(input, 'SSESpecification')
  if (input.TableClass !== undefined && input.TableClass !== 'STANDARD')
    throw invalid(`Millrace does not support TableClass ${input.TableClass}.`)
  refuse(input, 'WarmThroughput', 'OnDemandThroughput', 'GlobalTableSettingsReplicationMode')
}

export const CreateTable = operation<CreateTableInput, CreateTableOutput>({
  schema: CreateTable$,
  constraints: {
    ...TABLE,
    ...DEFINITIONS,
    BillingMode: BILLING,
    KeySchema: { length: [1, 2] },
    'KeySchema[].AttributeName': ATTRIBUTE,
    'KeySchema[].KeyType': KEY_TYPES,
    ...throughput(''),
    ...index('GlobalSecondaryIndexes[]'),
    'Tags[].Key': { length: [1, 128] },
    'Tags[].Value': { length: [0, 256] },
  },
  async run(input, { clients }) {
    refuseBeyond(input)
    refuse(input, 'LocalSecondaryIndexes', 'ResourcePolicy', 'GlobalTableSourceArn', 'VectorIndexes')
    if (!input.KeySchema) throw invalid('Millrace does not support tables without a KeySchema.')
    if (input.GlobalSecondaryIndexes?.length === 0) throw invalidValues('List of GlobalSecondaryIndexes is empty')
    const reader = new KeyReader(input.AttributeDefinitions)
    const keys = reader.read(input.KeySchema)
    const indexes = (input.GlobalSecondaryIndexes ?? []).map((given) => indexOf(given, reader))
    reader.requireAllUsed()
    const info = await clients.dynamodb.createTable({
      table: tableOf(input.TableName!),
      keys,
      indexes,
      billing: input.BillingMode ?? 'PROVISIONED',
      throughput: throughputOf(input.ProvisionedThroughput),
      tags: tagsOf(input.Tags),
      deletionProtection: input.DeletionProtectionEnabled ?? false,
    })
    return { TableDescription: describeTable(info) }
  },
})

export const DescribeTable = operation<DescribeTableInput, DescribeTableOutput>({
  schema: DescribeTable$,
  constraints: TABLE,
  async run({ TableName }, { clients }) {
    return { Table: describeTable(await clients.dynamodb.describeTable({ table: tableOf(TableName!) })) }
  },
})

export const ListTables = operation<ListTablesInput, ListTablesOutput>({
  schema: ListTables$,
  constraints: {
    ExclusiveStartTableName: { length: [3, 255], pattern: /[a-zA-Z0-9_.-]+/ },
    Limit: { range: [1, 100] },
  },
  async run({ ExclusiveStartTableName: after, Limit = 100 }, { clients }) {
    const names = (await clients.dynamodb.listTables({})).filter((name) => after === undefined || name > after)
    const TableNames = names.slice(0, Limit)
    return { TableNames, LastEvaluatedTableName: names.length > Limit ? TableNames[Limit - 1] : undefined }
  },
})

export const UpdateTable = operation<UpdateTableInput, UpdateTableOutput>({
  schema: UpdateTable$,
  constraints: {
    ...TABLE,
    ...DEFINITIONS,
    BillingMode: BILLING,
    ...throughput(''),
    ...index('GlobalSecondaryIndexUpdates[].Create'),
    'GlobalSecondaryIndexUpdates[].Update.IndexName': INDEX,
    ...throughput('GlobalSecondaryIndexUpdates[].Update.'),
    'GlobalSecondaryIndexUpdates[].Delete.IndexName': INDEX,
  },
  async run(input, { clients }) {
    refuseBeyond(input)
    refuse(
      input,
      'ReplicaUpdates',
      'MultiRegionConsistency',
      'GlobalTableWitnessUpdates',
      'DisassociationProtectionEnabled',
      'VectorIndexUpdates',
    )
    const table = tableOf(input.TableName!)
    const updates = input.GlobalSecondaryIndexUpdates ?? []
    if (updates.some((update) => Object.values(update).filter((action) => action !== undefined).length !== 1))
      throw invalidValues('One of GlobalSecondaryIndexUpdate members Update, Create, Delete must be specified')
    const creates = updates.flatMap(({ Create }) => Create ?? [])
    const deletes = updates.flatMap(({ Delete }) => Delete ?? [])
    if (creates.length + deletes.length > 1)
      throw new EngineError(
        'LimitExceededException',
        'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
      )
    if (
      updates.length === 0 &&
      !input.BillingMode &&
      !input.ProvisionedThroughput &&
      input.DeletionProtectionEnabled === undefined
    )
      throw invalid(
        'At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required',
      )
    const reader = new KeyReader(input.AttributeDefinitions)
    const [createIndex] = creates.map((given) => indexOf(given, reader))
    if (input.AttributeDefinitions) {
      const { keys, indexes } = await clients.dynamodb.describeTable({ table })
      const known = [keys, ...indexes.map((one) => one.keys)].flatMap(partsOf)
      reader.requireAllUsed(known.map(({ name }) => name))
    }
    const indexThroughput: Record<string, Throughput> = {}
    for (const { Update } of updates) {
      if (!Update) continue
      refuse(Update, 'OnDemandThroughput', 'WarmThroughput')
      const given = throughputOf(Update.ProvisionedThroughput)
      if (!given) throw invalidValues(`ProvisionedThroughput must be specified for index: ${Update.IndexName}`)
      indexThroughput[Update.IndexName!] = given
    }
    const info = await clients.dynamodb.updateTable({
      table,
      billing: input.BillingMode,
      throughput: throughputOf(input.ProvisionedThroughput),
      indexThroughput,
      createIndex,
      deleteIndex: deletes[0]?.IndexName,
      deletionProtection: input.DeletionProtectionEnabled,
    })
    return { TableDescription: describeTable(info) }
  },
})

export const DeleteTable = operation<DeleteTableInput, DeleteTableOutput>({
  schema: DeleteTable$,
  constraints: TABLE,
  async run({ TableName }, { clients }) {
    return { TableDescription: describeTable(await clients.dynamodb.deleteTable({ table: tableOf(TableName!) })) }
  },
})

const ACCOUNT_UNITS = 80_000
const TABLE_UNITS = 40_000

/** The quotas that an account begins with; Millrace holds nobody to them. */
export const DescribeLimits = operation<DescribeLimitsInput, DescribeLimitsOutput>({
  schema: DescribeLimits$,
  run: () => ({
    AccountMaxReadCapacityUnits: ACCOUNT_UNITS,
    AccountMaxWriteCapacityUnits: ACCOUNT_UNITS,
    TableMaxReadCapacityUnits: TABLE_UNITS,
    TableMaxWriteCapacityUnits: TABLE_UNITS,
  }),
})
