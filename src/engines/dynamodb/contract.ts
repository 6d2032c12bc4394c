import { z } from 'zod'
import { call, defineContract, nothing } from '../kit/pure/contract.ts'
import { WireError } from '../kit/pure/errors.ts'
import type { Condition, Item, Path, UpdateAction } from './expressions/ast.ts'

const KeyPart = z.object({ name: z.string(), kind: z.enum(['S', 'N', 'B']) })
export const KeySchema = z.object({ hash: KeyPart, range: KeyPart.optional() })

/** Capacity units a second. */
export const Throughput = z.object({ read: z.number().int().positive(), write: z.number().int().positive() })
export type Throughput = z.infer<typeof Throughput>

export const Projection = z.object({
  type: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
  include: z.array(z.string()).default([]),
})

export const NewIndex = z.object({
  name: z.string(),
  keys: KeySchema,
  projection: Projection,
  throughput: Throughput.optional(),
})
export type NewIndex = z.infer<typeof NewIndex>

export const NewTable = z.object({
  table: z.string(),
  keys: KeySchema,
  billing: z.enum(['PROVISIONED', 'PAY_PER_REQUEST']),
  /** Of a provisioned table. */
  throughput: Throughput.optional(),
  indexes: z.array(NewIndex).default([]),
  tags: z.record(z.string(), z.string()).default({}),
  deletionProtection: z.boolean().default(false),
})
export type NewTable = z.infer<typeof NewTable>

const counts = { itemCount: z.number().int(), bytes: z.number() }

export const IndexInfo = NewIndex.extend({
  status: z.enum(['CREATING', 'ACTIVE', 'UPDATING', 'DELETING']),
  ...counts,
})
export type IndexInfo = z.infer<typeof IndexInfo>

export const TableInfo = z.object({
  id: z.string(),
  name: z.string(),
  arn: z.string(),
  status: z.enum(['CREATING', 'ACTIVE', 'UPDATING', 'DELETING']),
  createdMs: z.number(),
  keys: KeySchema,
  billing: z.enum(['PROVISIONED', 'PAY_PER_REQUEST']),
  onDemandMs: z.number().optional(),
  throughput: Throughput.optional(),
  indexes: z.array(IndexInfo),
  tags: z.record(z.string(), z.string()),
  deletionProtection: z.boolean(),
  ttl: z.object({ attribute: z.string(), status: z.enum(['ENABLING', 'ENABLED', 'DISABLING']) }).optional(),
  recovery: z.object({ enabledMs: z.number(), days: z.number().int() }).optional(),
  ...counts,
})
export type TableInfo = z.infer<typeof TableInfo>

const aTable = z.object({ table: z.string() })
/** Attributes in the service's own form, `{ S: 'text' }`; the engine checks them in the service's words. */
const AnItem = z.custom<Item>((value) => value !== null && typeof value === 'object')
/** A tree of `expressions/ast.ts`, its values checked by whoever read it. */
const ACondition = z.custom<Condition>((value) => value !== null && typeof value === 'object')
const Paths = z.array(z.custom<Path>(Array.isArray))

const guard = {
  table: z.string(),
  condition: ACondition.optional(),
  /** Where the condition fails, the failure brings the item along. */
  itemOnFailure: z.boolean().default(false),
}

export const Write = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('put'), ...guard, item: AnItem }),
  z.object({ kind: z.literal('delete'), ...guard, key: AnItem }),
  z.object({ kind: z.literal('update'), ...guard, key: AnItem, actions: z.array(z.custom<UpdateAction>()) }),
  z.object({ kind: z.literal('check'), ...guard, key: AnItem }),
])
export type Write = z.infer<typeof Write>

/** Capacity that one operation took of a table and of its indexes, in units. */
export const Consumed = z.object({
  table: z.string(),
  base: z.number(),
  indexes: z.record(z.string(), z.number()),
})
export type Consumed = z.infer<typeof Consumed>

/** What became of one write: the item before and after, or why it was not made. */
export const WriteOutcome = z.object({
  before: AnItem.optional(),
  after: AnItem.optional(),
  consumed: Consumed,
  failure: WireError.extend({ item: AnItem.optional() }).optional(),
})
export type WriteOutcome = z.infer<typeof WriteOutcome>

/** DynamoDB: tables of items with a key, conditional writes, transactions, indexes. */
export const dynamodb = defineContract('dynamodb', {
  createTable: call(NewTable, TableInfo),
  describeTable: call(aTable, TableInfo),
  listTables: call(nothing, z.array(z.string())),
  updateTable: call(
    aTable.extend({
      billing: z.enum(['PROVISIONED', 'PAY_PER_REQUEST']).optional(),
      throughput: Throughput.optional(),
      indexThroughput: z.record(z.string(), Throughput).default({}),
      createIndex: NewIndex.optional(),
      deleteIndex: z.string().optional(),
      deletionProtection: z.boolean().optional(),
    }),
    TableInfo,
  ),
  deleteTable: call(aTable, TableInfo),
  updateTimeToLive: call(aTable.extend({ attribute: z.string(), enabled: z.boolean() }), nothing),
  updateRecovery: call(
    aTable.extend({ enabled: z.boolean(), days: z.number().int().min(1).max(35).default(35) }),
    TableInfo,
  ),
  setTags: call(aTable.extend({ tags: z.record(z.string(), z.string()) }), nothing),

  /**
   * Makes writes and answers when they are on disk. `atomic`: all or none, and each failure is told; a request with the same `token`
   * within ten minutes is made once. Otherwise each write stands alone.
   */
  write: call(
    z.object({ writes: z.array(Write).min(1), atomic: z.boolean().default(false), token: z.string().optional() }),
    z.array(WriteOutcome),
  ),
  /** Items by their keys, in the order asked for; an item that is not there is left out of its place. */
  read: call(
    z.object({
      gets: z.array(aTable.extend({ key: AnItem, paths: Paths.optional() })).min(1),
      /** How much of a unit 4 KB cost: 0.5 eventually consistent, 1 consistent, 2 in a transaction. */
      cost: z.number().default(0.5),
    }),
    z.array(z.object({ item: AnItem.optional(), consumed: Consumed, throttled: z.boolean() })),
  ),
  /** One page of a query (with `keyCondition`) or a scan, of a table or an index. */
  page: call(
    aTable.extend({
      index: z.string().optional(),
      keyCondition: ACondition.optional(),
      segment: z.object({ segment: z.number().int(), total: z.number().int() }).optional(),
      filter: ACondition.optional(),
      paths: Paths.optional(),
      /** Counts only, no items. */
      countOnly: z.boolean().default(false),
      /** All attributes must be had: refused of an index that does not hold them. */
      allAttributes: z.boolean().default(false),
      limit: z.number().int().positive().optional(),
      startKey: AnItem.optional(),
      forward: z.boolean().default(true),
      consistent: z.boolean().default(false),
    }),
    z.object({
      items: z.array(AnItem),
      count: z.number().int(),
      scanned: z.number().int(),
      lastKey: AnItem.optional(),
      consumed: Consumed,
    }),
  ),
})
