import {
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'

/** The lease table of a Kinesis consumer as KCL 3 keeps it: what it creates, and the conditional writes by which workers agree. */
export const LEASE_TABLE = 'consumer'
export const OWNER_INDEX = 'LeaseOwnerToLeaseKeyIndex'
const TableName = LEASE_TABLE

export const leaseTable = () =>
  new CreateTableCommand({
    TableName,
    AttributeDefinitions: [{ AttributeName: 'leaseKey', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'leaseKey', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  })

export const connectDynamo = (endpoint: string) =>
  new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  })

export interface Lease {
  readonly leaseKey: string
  readonly leaseOwner?: string
  readonly leaseCounter: number
  readonly checkpoint: string
  /** Shards that must be done with before this one is begun. */
  readonly parents: readonly string[]
}

const leaseOf = (item: Record<string, { S?: string; N?: string; SS?: string[] }>): Lease => ({
  leaseKey: item.leaseKey.S!,
  ...(item.leaseOwner && { leaseOwner: item.leaseOwner.S! }),
  leaseCounter: Number(item.leaseCounter.N),
  checkpoint: item.checkpoint.S!,
  parents: item.parentShardId?.SS ?? [],
})

/** One worker: what it knows of leases is what it last read, and it takes none whose counter has moved since. */
export class LeaseWorker {
  readonly name: string
  private readonly dynamo: DynamoDBClient

  constructor(name: string, endpoint: string) {
    this.name = name
    this.dynamo = connectDynamo(endpoint)
  }

  close(): void {
    this.dynamo.destroy()
  }

  async leases(): Promise<Lease[]> {
    const all = await Promise.all(
      [0, 1, 2, 3].map((Segment) => this.dynamo.send(new ScanCommand({ TableName, Segment, TotalSegments: 4 }))),
    )
    return all.flatMap(({ Items }) => Items!.map((item) => leaseOf(item as never)))
  }

  async createIfAbsent(leaseKey: string, parents: string[] = []): Promise<boolean> {
    return this.won(
      this.dynamo.send(
        new PutItemCommand({
          TableName,
          Item: {
            leaseKey: { S: leaseKey },
            leaseCounter: { N: '0' },
            checkpoint: { S: 'TRIM_HORIZON' },
            checkpointSubSequenceNumber: { N: '0' },
            ownerSwitchesSinceCheckpoint: { N: '0' },
            startingHashKey: { S: '0' },
            endingHashKey: { S: '340282366920938463463374607431768211455' },
            ...(parents.length > 0 && { parentShardId: { SS: parents } }),
          },
          Expected: { leaseKey: { Exists: false } },
        }),
      ),
    )
  }

  /** Takes a lease as it was seen: the owner must still be who it was, and must not have renewed since. */
  async take({ leaseKey, leaseOwner, leaseCounter }: Lease): Promise<boolean> {
    return this.won(
      this.dynamo.send(
        new UpdateItemCommand({
          TableName,
          Key: { leaseKey: { S: leaseKey } },
          UpdateExpression: 'SET leaseOwner = :me, leaseCounter = :next ADD ownerSwitchesSinceCheckpoint :one',
          ConditionExpression:
            leaseOwner === undefined
              ? 'leaseCounter = :seen AND attribute_not_exists(leaseOwner)'
              : 'leaseCounter = :seen AND leaseOwner = :owner',
          ExpressionAttributeValues: {
            ':me': { S: this.name },
            ':next': { N: String(leaseCounter + 1) },
            ':seen': { N: String(leaseCounter) },
            ':one': { N: '1' },
            ...(leaseOwner !== undefined && { ':owner': { S: leaseOwner } }),
          },
        }),
      ),
    )
  }

  async renew({ leaseKey, leaseCounter }: Lease): Promise<boolean> {
    return this.won(
      this.dynamo.send(
        new UpdateItemCommand({
          TableName,
          Key: { leaseKey: { S: leaseKey } },
          Expected: { leaseOwner: { Value: { S: this.name } }, leaseCounter: { Value: { N: String(leaseCounter) } } },
          AttributeUpdates: { leaseCounter: { Action: 'PUT', Value: { N: String(leaseCounter + 1) } } },
        }),
      ),
    )
  }

  async checkpoint({ leaseKey, leaseCounter }: Lease, sequenceNumber: string): Promise<boolean> {
    return this.won(
      this.dynamo.send(
        new UpdateItemCommand({
          TableName,
          Key: { leaseKey: { S: leaseKey } },
          UpdateExpression:
            'SET #c = :c, checkpointSubSequenceNumber = :zero, ownerSwitchesSinceCheckpoint = :zero, leaseCounter = leaseCounter + :one REMOVE pendingCheckpoint',
          ConditionExpression: 'leaseOwner = :me AND leaseCounter = :seen',
          ExpressionAttributeNames: { '#c': 'checkpoint' },
          ExpressionAttributeValues: {
            ':c': { S: sequenceNumber },
            ':zero': { N: '0' },
            ':one': { N: '1' },
            ':me': { S: this.name },
            ':seen': { N: String(leaseCounter) },
          },
        }),
      ),
    )
  }

  /** A shard that has ended: its lease goes and those of its children come, all at once. */
  async endShard({ leaseKey, leaseCounter }: Lease, children: string[]): Promise<boolean> {
    return this.won(
      this.dynamo.send(
        new TransactWriteItemsCommand({
          TransactItems: [
            {
              Update: {
                TableName,
                Key: { leaseKey: { S: leaseKey } },
                UpdateExpression: 'SET checkpoint = :end, childShardIds = :children',
                ConditionExpression: 'leaseOwner = :me AND leaseCounter = :seen',
                ExpressionAttributeValues: {
                  ':end': { S: 'SHARD_END' },
                  ':children': { SS: children },
                  ':me': { S: this.name },
                  ':seen': { N: String(leaseCounter) },
                },
              },
            },
            ...children.map((child) => ({
              Put: {
                TableName,
                Item: {
                  leaseKey: { S: child },
                  leaseCounter: { N: '0' },
                  checkpoint: { S: 'TRIM_HORIZON' },
                  parentShardId: { SS: [leaseKey] },
                },
                ConditionExpression: 'attribute_not_exists(leaseKey)',
              },
            })),
          ],
        }),
      ),
    )
  }

  async owned(): Promise<string[]> {
    const { Items } = await this.dynamo.send(
      new QueryCommand({
        TableName,
        IndexName: OWNER_INDEX,
        KeyConditionExpression: 'leaseOwner = :me',
        ExpressionAttributeValues: { ':me': { S: this.name } },
      }),
    )
    return Items!.map((item) => item.leaseKey.S!)
  }

  private won(write: Promise<unknown>): Promise<boolean> {
    return write.then(
      () => true,
      (thrown: Error) => {
        if (['ConditionalCheckFailedException', 'TransactionCanceledException'].includes(thrown.name)) return false
        throw thrown
      },
    )
  }
}
