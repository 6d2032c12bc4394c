/** What a model says of a value beyond its type. Bounds are inclusive. */
export interface Constraint {
  /** Allowed values, in the model's order. */
  readonly values?: readonly string[]
  /** Length of a string (code points), a blob (bytes), a list or a map. */
  readonly length?: readonly [min: number, max: number | null]
  /** Range of a number. */
  readonly range?: readonly [min: number | null, max: number | null]
  /** The whole string must match; AWS anchors every pattern. */
  readonly pattern?: RegExp
}

/**
 * By path of member names as the model spells them: `StreamName`, `ShardFilter.Type`, `Records[].PartitionKey`, and `Tags.key`,
 * `Tags.value` for maps.
 */
export type Constraints = Readonly<Record<string, Constraint>>
