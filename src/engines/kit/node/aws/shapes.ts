import { NormalizedSchema } from '@smithy/core/schema'
import type { $SchemaRef, StaticOperationSchema } from '@smithy/types'

/**
 * Schemas of the client packages as plain facts, worked out once per shape. The packages keep them as nested arrays that refer to each
 * other by functions; NormalizedSchema of @smithy/core reads those.
 */
export type ShapeKind =
  | 'structure'
  | 'union'
  | 'list'
  | 'map'
  | 'string'
  | 'number'
  | 'boolean'
  | 'blob'
  | 'timestamp'
  | 'bigInteger'
  | 'bigDecimal'
  | 'document'
  | 'unit'

export type TimestampFormat = 'date-time' | 'http-date' | 'epoch-seconds'

export interface Shape {
  readonly kind: ShapeKind
  readonly name: string
  readonly schema: NormalizedSchema
  /** Of structures and unions, in the model's order. */
  readonly members: readonly Member[]
  /** Of lists and maps. */
  readonly element: Member | undefined
}

export interface Member {
  readonly name: string
  /** The member's name in JSON, where the model gives another. */
  readonly jsonName: string
  readonly required: boolean
  readonly sparse: boolean
  readonly format: TimestampFormat | undefined
  readonly traits: Traits
  readonly schema: NormalizedSchema
  shape(): Shape
}

export interface Traits {
  readonly httpLabel?: unknown
  readonly httpQuery?: string
  readonly httpQueryParams?: unknown
  readonly httpHeader?: string
  readonly httpPrefixHeaders?: string
  readonly httpPayload?: unknown
  readonly httpResponseCode?: unknown
  readonly streaming?: unknown
  readonly eventHeader?: unknown
  readonly eventPayload?: unknown
  readonly sparse?: unknown
  readonly jsonName?: string
  readonly xmlName?: string
  readonly xmlFlattened?: unknown
  readonly http?: readonly [method: string, uri: string, status: number]
}

const shapes = new WeakMap<object, Shape>()
const simple = new Map<unknown, Shape>()

export function shapeOf(schema: NormalizedSchema): Shape {
  const raw = rawSchema(schema)
  const known = typeof raw === 'object' ? shapes.get(raw) : simple.get(raw)
  if (known) return known
  const kind = kindOf(schema)
  const shape: Shape = {
    kind,
    name: schema.getName() ?? '',
    schema,
    members: kind === 'structure' || kind === 'union' ? membersOf(schema) : [],
    element: kind === 'list' || kind === 'map' ? member('member', schema.getValueSchema(), false) : undefined,
  }
  if (typeof raw === 'object') shapes.set(raw, shape)
  else simple.set(raw, shape)
  return shape
}

/** Under a member's wrapping lies the shape, which many members share. */
function rawSchema(schema: NormalizedSchema): object | number | string {
  const inner = (schema as unknown as { schema: object | number | string }).schema
  return inner
}

function membersOf(schema: NormalizedSchema): Member[] {
  // A structure is [3, namespace, name, traits, names, schemas, how many of the first are required].
  const requiredCount = (rawSchema(schema) as unknown[])[6] ?? 0
  return Array.from(schema.structIterator(), ([name, inner], index) =>
    member(name, inner, index < (requiredCount as number)),
  )
}

function member(name: string, schema: NormalizedSchema, required: boolean): Member {
  const traits = schema.getMergedTraits() as Traits
  let shape: Shape | undefined
  return {
    name,
    jsonName: traits.jsonName ?? name,
    required,
    sparse: Boolean(traits.sparse),
    format: timestampFormat(schema),
    traits,
    schema,
    shape: () => {
      shape ??= shapeOf(schema)
      return shape
    },
  }
}

function timestampFormat(schema: NormalizedSchema): TimestampFormat | undefined {
  switch (schema.getSchema()) {
    case 5:
      return 'date-time'
    case 6:
      return 'http-date'
    case 7:
      return 'epoch-seconds'
    default:
      return undefined
  }
}

function kindOf(schema: NormalizedSchema): ShapeKind {
  if (schema.isUnitSchema()) return 'unit'
  if (schema.isUnionSchema()) return 'union'
  if (schema.isStructSchema()) return 'structure'
  if (schema.isListSchema()) return 'list'
  if (schema.isMapSchema()) return 'map'
  if (schema.isBlobSchema()) return 'blob'
  if (schema.isTimestampSchema()) return 'timestamp'
  if (schema.isStringSchema()) return 'string'
  if (schema.isBooleanSchema()) return 'boolean'
  if (schema.isNumericSchema()) return 'number'
  if (schema.isBigIntegerSchema()) return 'bigInteger'
  if (schema.isBigDecimalSchema()) return 'bigDecimal'
  return 'document'
}

export interface OperationShape {
  readonly name: string
  readonly http: Traits['http']
  readonly input: Shape
  readonly output: Shape
}

const operations = new WeakMap<object, OperationShape>()

export function operationShape(schema: StaticOperationSchema): OperationShape {
  const known = operations.get(schema)
  if (known) return known
  const shape: OperationShape = {
    name: schema[2],
    http: (typeof schema[3] === 'object' ? (schema[3] as Traits).http : undefined) ?? undefined,
    input: shapeOf(NormalizedSchema.of(schema[4] as $SchemaRef)),
    output: shapeOf(NormalizedSchema.of(schema[5] as $SchemaRef)),
  }
  operations.set(schema, shape)
  return shape
}
