import type {
  AttributeDefinition,
  CreateGlobalSecondaryIndexAction,
  GlobalSecondaryIndexDescription,
  KeySchemaElement,
  ProvisionedThroughput,
  TableDescription,
  Tag,
} from '@aws-sdk/client-dynamodb'
import type { IndexInfo, NewIndex, TableInfo, Throughput } from '../contract.ts'
import { invalid, invalidValues } from '../errors.ts'
import { type KeyKind, type KeySchema, partsOf } from '../keys.ts'
import { refuse } from './common.ts'

const names = (list: readonly string[]): string => `[${list.join(', ')}]`

/** Key schemas with the kinds that AttributeDefinitions give their attributes; each definition must be used, and each key defined. */
export class KeyReader {
  private readonly kinds: ReadonlyMap<string, KeyKind>
  private readonly used = new Set<string>()

  constructor(definitions: readonly AttributeDefinition[] = []) {
    const all = definitions.map(({ AttributeName }) => AttributeName!)
    if (new Set(all).size !== all.length)
      throw invalidValues(`Duplicate AttributeName in AttributeDefinitions: ${names(all)}`)
    this.kinds = new Map(
      definitions.map(({ AttributeName, AttributeType }) => [AttributeName!, AttributeType as KeyKind]),
    )
  }

  read(schema: readonly KeySchemaElement[]): KeySchema {
    const [first, second] = schema
    if (schema.length > 2)
      throw invalid('Millrace does not support keys of more than one partition and one sort attribute.')
    if (first.KeyType !== 'HASH')
      throw invalidValues('Invalid KeySchema: The first KeySchemaElement is not a HASH key type')
    if (second && second.KeyType !== 'RANGE')
      throw invalidValues('Invalid KeySchema: The second KeySchemaElement is not a RANGE key type')
    if (second?.AttributeName === first.AttributeName)
      throw invalidValues('Both the Hash Key and the Range Key element in the KeySchema have the same name')
    const [hash, range] = schema.map(({ AttributeName }) => this.part(schema, AttributeName!))
    return range ? { hash, range } : { hash }
  }

  private part(schema: readonly KeySchemaElement[], name: string) {
    const kind = this.kinds.get(name)
    if (!kind)
      throw invalidValues(
        `Some index key attributes are not defined in AttributeDefinitions. Keys: ${names(schema.map(({ AttributeName }) => AttributeName!))}, AttributeDefinitions: ${names([...this.kinds.keys()])}`,
      )
    this.used.add(name)
    return { name, kind }
  }

  requireAllUsed(others: readonly string[] = []): void {
    const used = new Set([...this.used, ...others])
    if ([...this.kinds.keys()].every((name) => used.has(name))) return
    throw invalidValues(
      `Some AttributeDefinitions are not used. AttributeDefinitions: ${names([...this.kinds.keys()])}, keys used: ${names([...used])}`,
    )
  }
}

export function indexOf(given: CreateGlobalSecondaryIndexAction, keys: KeyReader): NewIndex {
  refuse(given, 'OnDemandThroughput', 'WarmThroughput')
  const { ProjectionType, NonKeyAttributes } = given.Projection!
  if (!ProjectionType) throw invalidValues('Unknown ProjectionType: null')
  const throughput = throughputOf(given.ProvisionedThroughput)
  return {
    name: given.IndexName!,
    keys: keys.read(given.KeySchema!),
    projection: { type: ProjectionType, include: NonKeyAttributes ?? [] },
    ...(throughput && { throughput }),
  }
}

export const throughputOf = (given: ProvisionedThroughput | undefined): Throughput | undefined =>
  given && { read: given.ReadCapacityUnits!, write: given.WriteCapacityUnits! }

export function tagsOf(tags: readonly Tag[] = []): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key!, Value!]))
}

const schemaOf = ({ hash, range }: KeySchema): KeySchemaElement[] => [
  { AttributeName: hash.name, KeyType: 'HASH' },
  ...(range ? [{ AttributeName: range.name, KeyType: 'RANGE' as const }] : []),
]

const throughputTold = (throughput: Throughput | undefined) => ({
  NumberOfDecreasesToday: 0,
  ReadCapacityUnits: throughput?.read ?? 0,
  WriteCapacityUnits: throughput?.write ?? 0,
})

export function describeTable(info: TableInfo): TableDescription {
  const parts = [...partsOf(info.keys), ...info.indexes.flatMap(({ keys }) => partsOf(keys))]
  const kinds = new Map(parts.map(({ name, kind }) => [name, kind]))
  return {
    AttributeDefinitions: [...kinds].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
    TableName: info.name,
    KeySchema: schemaOf(info.keys),
    TableStatus: info.status,
    CreationDateTime: new Date(info.createdMs),
    ProvisionedThroughput: throughputTold(info.throughput),
    TableSizeBytes: info.bytes,
    ItemCount: info.itemCount,
    TableArn: info.arn,
    TableId: info.id,
    ...(info.onDemandMs !== undefined && {
      BillingModeSummary: {
        BillingMode: info.billing,
        LastUpdateToPayPerRequestDateTime: new Date(info.onDemandMs),
      },
    }),
    ...(info.indexes.length > 0 && {
      GlobalSecondaryIndexes: info.indexes.map((index) => describeIndex(info.arn, index)),
    }),
    DeletionProtectionEnabled: info.deletionProtection,
  }
}

function describeIndex(tableArn: string, index: IndexInfo): GlobalSecondaryIndexDescription {
  const { type, include } = index.projection
  return {
    IndexName: index.name,
    KeySchema: schemaOf(index.keys),
    Projection: { ProjectionType: type, ...(include.length > 0 && { NonKeyAttributes: include }) },
    IndexStatus: index.status,
    ...(index.status === 'CREATING' && { Backfilling: true }),
    ProvisionedThroughput: throughputTold(index.throughput),
    IndexSizeBytes: index.bytes,
    ItemCount: index.itemCount,
    IndexArn: `${tableArn}/index/${index.name}`,
  }
}
