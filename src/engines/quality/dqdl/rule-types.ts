/** What a rule type takes behind its parameters. */
type Takes = 'required' | 'optional' | 'none'

export interface RuleType {
  /** Names of its parameters, in order; the last may be there several times where `many` says so. */
  readonly parameters: readonly string[]
  readonly many?: boolean
  /** The last parameter may be left out. */
  readonly optional?: boolean
  readonly condition: Takes
  readonly threshold?: boolean
  readonly where?: boolean
  readonly analyzer?: boolean
  /** What its expression tests, in a few words. */
  readonly tests: string
}

/** The rule types that are honoured, as the DQDL reference has them ("DQDL rule type reference"). */
export const RULE_TYPES = {
  RowCount: { parameters: [], condition: 'required', where: true, analyzer: true, tests: 'the number of rows' },
  IsComplete: { parameters: ['column'], condition: 'none', where: true, tests: 'that no value is NULL' },
  Completeness: {
    parameters: ['column'],
    condition: 'required',
    where: true,
    analyzer: true,
    tests: 'the share of values that are not NULL',
  },
  IsUnique: { parameters: ['column'], condition: 'none', where: true, tests: 'that every value occurs once' },
  Uniqueness: {
    parameters: ['column'],
    condition: 'required',
    where: true,
    analyzer: true,
    tests: 'the share of rows whose value occurs once',
  },
  UniqueValueRatio: {
    parameters: ['column'],
    condition: 'required',
    where: true,
    analyzer: true,
    tests: 'the share of distinct values that occur once',
  },
  DistinctValuesCount: {
    parameters: ['column'],
    condition: 'required',
    where: true,
    analyzer: true,
    tests: 'the number of distinct values',
  },
  IsPrimaryKey: {
    parameters: ['column'],
    many: true,
    condition: 'none',
    where: true,
    tests: 'that the columns together are unique and complete',
  },
  ColumnExists: { parameters: ['column'], condition: 'none', tests: 'that the column is there' },
  ColumnCount: { parameters: [], condition: 'required', analyzer: true, tests: 'the number of columns' },
  ColumnNamesMatchPattern: {
    parameters: ['pattern'],
    condition: 'none',
    tests: 'that every column name matches a regular expression',
  },
  ColumnDataType: {
    parameters: ['column'],
    condition: 'required',
    threshold: true,
    where: true,
    tests: 'that every value can be read as a type',
  },
  ColumnLength: {
    parameters: ['column'],
    condition: 'required',
    threshold: true,
    where: true,
    analyzer: true,
    tests: 'the length of every value',
  },
  ColumnValues: {
    parameters: ['column'],
    condition: 'required',
    threshold: true,
    where: true,
    analyzer: true,
    tests: 'every value',
  },
  ColumnCorrelation: {
    parameters: ['column', 'column'],
    condition: 'required',
    where: true,
    analyzer: true,
    tests: "Pearson's correlation of two columns",
  },
  Mean: { parameters: ['column'], condition: 'required', where: true, analyzer: true, tests: 'the mean' },
  Sum: { parameters: ['column'], condition: 'required', where: true, analyzer: true, tests: 'the sum' },
  StandardDeviation: {
    parameters: ['column'],
    condition: 'required',
    where: true,
    analyzer: true,
    tests: 'the standard deviation',
  },
  Entropy: {
    parameters: ['column'],
    condition: 'required',
    where: true,
    analyzer: true,
    tests: 'the entropy, in nats',
  },
  CustomSql: {
    parameters: ['query'],
    condition: 'optional',
    threshold: true,
    tests: "a query's number, or the share of the rows of primary that it gives",
  },
  ReferentialIntegrity: {
    parameters: ['columns', 'alias.columns'],
    condition: 'required',
    where: true,
    tests: 'the share of rows whose values are in another table',
  },
  SchemaMatch: {
    parameters: ['alias'],
    condition: 'required',
    tests: 'the share of columns that another table has with the same type',
  },
  RowCountMatch: {
    parameters: ['alias'],
    condition: 'required',
    where: true,
    tests: "the rows as a share of another table's",
  },
  DatasetMatch: {
    parameters: ['alias', 'key columns', 'compared columns'],
    optional: true,
    condition: 'required',
    where: true,
    tests: 'the share of rows that another table has too',
  },
  DataFreshness: {
    parameters: ['column'],
    condition: 'required',
    threshold: true,
    where: true,
    tests: 'the age of every value',
  },
  FileFreshness: {
    parameters: ['uri'],
    condition: 'required',
    threshold: true,
    tests: 'when every file under a prefix was written',
  },
} as const satisfies Record<string, RuleType>

export type RuleTypeName = keyof typeof RULE_TYPES

/** Rule types of AWS Glue that are known and not honoured. */
export const REFUSED_TYPES: readonly string[] = [
  'AggregateMatch',
  'AllStatistics',
  'DetectAnomalies',
  'FileMatch',
  'FileUniqueness',
  'FileSize',
]

export function ruleType(name: string): RuleType | undefined {
  return Object.hasOwn(RULE_TYPES, name) ? RULE_TYPES[name as RuleTypeName] : undefined
}
