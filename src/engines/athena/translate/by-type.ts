/** Kinds of types by their names in DuckDB. The list around a value keeps DuckDB from folding while the macro is made and has no types yet. */
const IS = {
  list: (of: string) => `right(${of}, 4) = '[][]'`,
  map: (of: string) => `left(${of}, 4) = 'MAP('`,
  row: (of: string) => `left(${of}, 7) = 'STRUCT(' AND right(${of}, 4) <> '[][]'`,
  nested: (of: string) => `right(${of}, 3) IN ('][]', ')[]') AND ${of} NOT LIKE 'DECIMAL(%)[]'`,
  integer: (of: string) => `${of} IN ('TINYINT[]', 'SMALLINT[]', 'INTEGER[]', 'BIGINT[]')`,
  real: (of: string) => `${of} IN ('DOUBLE[]', 'FLOAT[]')`,
  text: (of: string) => `${of} = 'VARCHAR[]'`,
  blob: (of: string) => `${of} = 'BLOB[]'`,
  json: (of: string) => `${of} = 'JSON[]'`,
  boolean: (of: string) => `${of} = 'BOOLEAN[]'`,
  unknown: (of: string) => `${of} IN ('"NULL"[]', 'INT32[]')`,
} as const

type Kind = keyof typeof IS

const is = (kind: Kind, parameter = 'x') => `(${IS[kind](`typeof(list_value(${parameter}))`)})`

interface Choice {
  /** The type of `x`, or what is said of the parameters' types. */
  readonly when: Kind | { readonly condition: string }
  /** What is chosen, over the parameters of the macro as they are where it is. */
  gives(suitable: (parameter: string) => string): string
  /** Values that `gives` takes in place of the macro's parameters where the choice falls elsewhere. */
  readonly others: Readonly<Record<string, string>>
}

/**
 * One of two expressions, by a condition on types. A macro has no types; but DuckDB folds the key of `struct_extract` when it binds, so that
 * the two need not be of one type. Both would be worked out for each row: the one that is not chosen is folded to NULL.
 */
function chosen(condition: string, yes: string, no: string): string {
  return `struct_extract(struct_pack(yes := CASE WHEN ${condition} THEN ${yes} END, no := CASE WHEN ${condition} THEN NULL ELSE ${no} END),
    CASE WHEN ${condition} THEN 'yes' ELSE 'no' END)`
}

/** An expression that is chosen by the types of a macro's parameters, first of all `x`. All are bound, so each is given values that it takes. */
export function byType(choices: readonly Choice[], otherwise: string): string {
  return choices.reduceRight((rest, { when, gives, others }) => {
    const condition = typeof when === 'string' ? is(when) : when.condition
    const suitable = (parameter: string) =>
      `struct_extract(struct_pack(own := ${parameter}, other := ${others[parameter]}), CASE WHEN ${condition} THEN 'own' ELSE 'other' END)`
    return chosen(condition, gives(suitable), rest)
  }, otherwise)
}

const MAP = { x: `MAP {'': 1}` }

/** The rows of an array, or the entries of a map. */
const ENTRIES = byType([{ when: 'map', gives: (of) => `map_entries(${of('x')})`, others: MAP }], 'x')

/** Before a text that DuckDB would read and Trino would not: it is made one that cannot be cast. */
export const UNREADABLE = '\u0001'

const unlessReadable = (x: string, isReadable: string) =>
  `CASE WHEN ${isReadable} THEN ${x} ELSE '${UNREADABLE}' || ${x} END`

const BOOLEAN = (x: string) => unlessReadable(x, `lower(${x}) IN ('true', 'false', 't', 'f', '1', '0')`)

/** First what nearly all of them look like: a pattern is dear. */
const DAY = (x: string) =>
  unlessReadable(x, `${x} LIKE '____-__-__' OR regexp_full_match(${x}, '\\s*[+-]?\\d+-\\d{1,2}-\\d{1,2}\\s*')`)

const readable = (text: (x: string) => string, other: string) =>
  `(x) AS ${byType([{ when: 'text', gives: (of) => text(of('x')), others: { x: `'${other}'` } }], 'x')}`

/** Numbers round halves away from zero. A text with a fraction, an underscore or in another base is no whole number, as it is to DuckDB. */
const WHOLE = byType(
  [
    { when: 'real', gives: (of) => `round(${of('x')})`, others: { x: '1e0' } },
    {
      when: 'text',
      gives: (of) => unlessReadable(of('x'), `NOT regexp_matches(${of('x')}, '[.eExXbB_]')`),
      others: { x: `'0'` },
    },
  ],
  'x',
)

/** `ceil` and `floor` of a whole number are of its type. */
const unlessWhole = (otherwise: string) => [
  `(x) AS ${byType([{ when: 'integer', gives: (of) => of('x'), others: { x: '1' } }], otherwise)}`,
]

/** NULL, and any other value ends the binding: a member that is not there says what was wrong. */
const only = (types: readonly Kind[], nothing: string, refusal: string) =>
  `struct_extract(struct_pack(ok := ${nothing}), CASE WHEN ${[...types, 'unknown' as const].map((type) => is(type)).join(' OR ')} THEN 'ok'
  ELSE ${refusal} END)`

const unlike = (name: string, types: readonly Kind[], nothing: string) =>
  only(types, nothing, `'Unexpected parameters (' || trino_typeof(x) || ') for function ${name}'`)

/** Guards stand in the index, where a failure has a type. */
const element = (list: string, i: string) =>
  `${list}[CASE WHEN ${i} > len(${list}) THEN trino_fail('Array subscript must be less than or equal to array length: ' || ${i} || ' > ' || len(${list}))
     WHEN ${i} = 0 THEN trino_fail('SQL array indices start at 1') WHEN ${i} < 0 THEN trino_fail('Array subscript is negative: ' || ${i}) ELSE ${i} END]`

const LIST_ELEMENT: Choice = { when: 'list', gives: (of) => element(of('x'), of('i')), others: { x: '[1]', i: '1' } }

const valueAt = (map: string, key: string) =>
  `CASE WHEN CASE WHEN map_contains(${map}, ${key}) THEN 0 WHEN ${map} IS NOT NULL AND ${key} IS NOT NULL THEN trino_fail('Key not present in map: ' || ${key}) END
     IS NOT NULL THEN ${map}[${key}] END`

const MAP_VALUE: Choice = { when: 'map', gives: (of) => valueAt(of('x'), of('i')), others: { ...MAP, i: `''` } }

/** `1.5E0`: a double as a varchar. */
const SCIENTIFIC = (() => {
  const digits = `trim(replace(abs(x)::VARCHAR, '.', ''), '0')`
  const fraction = `split_part(abs(x)::VARCHAR, '.', 2)`
  return `CASE WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END
    WHEN x = 0 THEN CASE WHEN (x::VARCHAR)[1] = '-' THEN '-0.0E0' ELSE '0.0E0' END
    WHEN contains(x::VARCHAR, 'e') THEN split_part(x::VARCHAR, 'e', 1) || CASE WHEN contains(x::VARCHAR, '.') THEN '' ELSE '.0' END
      || 'E' || split_part(x::VARCHAR, 'e', 2)::INTEGER
    ELSE CASE WHEN x < 0 THEN '-' ELSE '' END || ${digits}[1] || '.' || coalesce(nullif(${digits}[2:], ''), '0') || 'E'
      || CASE WHEN abs(x) >= 1 THEN strpos(abs(x)::VARCHAR, '.') - 2 ELSE length(ltrim(${fraction}, '0')) - length(${fraction}) - 1 END END`
})()

/** A member that is not there ends the binding: its name says what was wrong. */
const UNCASTABLE = `struct_extract(struct_pack(ok := x::VARCHAR), CASE WHEN ${is('nested')} THEN 'Cannot cast ' || trino_typeof(x) || ' to varchar' ELSE 'ok' END)`

/** A mean of decimals is worked out as a double, which lies below the half that it stands for as often as not. */
const AVERAGE = `cast_to_type(CASE WHEN typeof(list_value(type)) LIKE 'DECIMAL%' THEN x * 1.000000000000001e0 ELSE x END, type)`

/** `a || b`: texts, binaries, arrays, and an array with an element. DuckDB would make texts of all other values. */
const CONCATENATED = (() => {
  const [x, y] = [is('list'), is('list', 'y')]
  const nulls = [is('unknown'), is('unknown', 'y')]
  const alike = (['text', 'blob'] as const).map(
    (kind) => `(${is(kind)} OR ${nulls[0]}) AND (${is(kind, 'y')} OR ${nulls[1]})`,
  )
  return byType(
    [
      {
        when: { condition: `${x} AND (${y} OR ${nulls[1]})` },
        gives: (of) => `${of('x')} || ${of('y')}`,
        others: { x: '[1]', y: '[1]' },
      },
      {
        when: { condition: `${x} AND NOT (${y} OR ${nulls[1]})` },
        gives: (of) => `list_append(${of('x')}, ${of('y')})`,
        others: { x: '[1]', y: '1' },
      },
      {
        when: { condition: `${y} AND NOT ${x}` },
        gives: (of) => `list_prepend(${of('x')}, ${of('y')})`,
        others: { x: '1', y: '[1]' },
      },
      {
        when: { condition: alike.join(' OR ') },
        gives: (of) => `${of('x')} || ${of('y')}`,
        others: { x: `''`, y: `''` },
      },
    ],
    `struct_extract(struct_pack(ok := NULL), CASE WHEN ${[x, y, ...alike].join(' OR ')} THEN 'ok'
       ELSE 'Unexpected parameters (' || trino_typeof(x) || ', ' || trino_typeof(y) || ') for function concat' END)`,
  )
})()

const varchar = byType(
  [
    { when: 'real', gives: (of) => `trino_scientific(${of('x')})`, others: { x: '1e0' } },
    { when: 'json', gives: (of) => `json_extract_string(${of('x')}, '$')`, others: { x: `'1'::JSON` } },
  ],
  UNCASTABLE,
)

/** Type names nest: an array's is worked out from its element's, as deep as there are steps. */
const ARRAYS = `regexp_replace(@, '([a-z0-9_]+(?:\\([^\\[\\]]*\\))?)\\[\\]', 'array(\\1)', 'g')`
const TYPE_NAME = [ARRAYS, ARRAYS, ARRAYS].reduce(
  (name, step) => step.replace('@', () => name),
  `replace(replace(replace(replace(replace(replace(left(lower(typeof(list_value(x))), -2), 'struct(', 'row('), 'blob', 'varbinary'), 'float', 'real'),
    '"null"', 'unknown'), 'int32', 'unknown'), 'interval', 'interval day to second')`,
)
const TIMES = `regexp_replace(regexp_replace(${TYPE_NAME}, 'timestamp with time zone', 'timestamp(3) with time zone', 'g'), '\\b(timestamp|time)([,)]|$)', '\\1(3)\\2', 'g')`

/**
 * Checks that are bound and never run, see `agreement.ts`. What they are given is never worked out, so that it may be written many times. The types
 * follow the words as they are, for `failures.ts` to put in their places: functions of texts are dear to bind.
 */
export const CHECKS: Readonly<Record<string, readonly string[]>> = {
  no_boolean: [
    `(x, words) AS struct_extract(struct_pack(ok := true), CASE WHEN ${is('boolean')} THEN words ELSE 'ok' END)`,
  ],
  both_boolean: [
    `(x, y, words) AS struct_extract(struct_pack(ok := true), CASE WHEN ${is('boolean')} = ${is('boolean', 'y')} OR ${is('unknown')} OR ${is('unknown', 'y')}
       THEN 'ok' ELSE concat(words, ' | ', typeof(list_value(x)), ' | ', typeof(list_value(y))) END)`,
  ],
}

export const TYPED: Readonly<Record<string, readonly string[]>> = {
  // First, for those that follow use them. A failure by a cast: DuckDB's `error` may not stand within TRY.
  fail: [`(message) AS CAST('!' || message AS INTEGER)`],
  typeof: [`(x) AS ${TIMES}`],
  // Chains of `||`, see `once.ts`.
  as_text: ['(x) AS x::VARCHAR'],
  if_texts: [
    `(operands, yes, no) AS ${chosen(`regexp_full_match(typeof(list_value(operands)), 'STRUCT\\((("" )?(VARCHAR|"NULL"|INT32)(, )?)+\\)\\[\\]')`, 'yes', 'no')}`,
  ],
  scientific: [`(x) AS ${SCIENTIFIC}`],
  cardinality: [`(x) AS len(${ENTRIES})`],
  entries: [`(x) AS ${ENTRIES}`],
  length: [
    `(x) AS ${byType(
      [
        { when: 'text', gives: (of) => `length(${of('x')})`, others: { x: `''` } },
        { when: 'blob', gives: (of) => `octet_length(${of('x')})`, others: { x: `''::BLOB` } },
      ],
      unlike('length', ['text', 'blob'], 'NULL::BIGINT'),
    )}`,
  ],
  reverse: [
    `(x) AS ${byType(
      [
        { when: 'text', gives: (of) => `reverse(${of('x')})`, others: { x: `''` } },
        { when: 'list', gives: (of) => `list_reverse(${of('x')})`, others: { x: '[1]' } },
      ],
      unlike('reverse', ['text', 'list'], 'NULL::VARCHAR'),
    )}`,
  ],
  ceil: unlessWhole('ceil(x)'),
  ceiling: unlessWhole('ceil(x)'),
  floor: unlessWhole('floor(x)'),
  sign: [
    `(x) AS ${byType(
      [
        { when: 'real', gives: (of) => `sign(${of('x')})::DOUBLE`, others: { x: '1e0' } },
        { when: 'integer', gives: (of) => `cast_to_type(sign(${of('x')}), ${of('x')})`, others: { x: '1' } },
      ],
      'sign(x)',
    )}`,
  ],
  // The member of a row is told by a number that is written out, which an element need not be.
  element: [`(x, i) AS ${byType([LIST_ELEMENT, MAP_VALUE], unlike('subscript', ['list', 'map'], 'NULL'))}`],
  subscript: [
    `(x, i) AS ${byType(
      [
        LIST_ELEMENT,
        MAP_VALUE,
        { when: 'row', gives: (of) => `struct_extract_at(${of('x')}, ${of('i')})`, others: { x: 'row(1)', i: '1' } },
      ],
      unlike('subscript', ['list', 'map', 'row'], 'NULL'),
    )}`,
  ],
  concat: [`(x, y) AS ${CONCATENATED}`],
  average: [`(x, type) AS ${AVERAGE}`],
  varchar: [
    `(x) AS ${varchar}`,
    `(x, n) AS ${byType(
      [{ when: 'text', gives: (of) => `left(${of('x')}, n)`, others: { x: `''` } }],
      `CASE WHEN ${is('text')} OR length(${varchar}) <= n THEN ${varchar} ELSE trino_fail('Value ' || ${varchar} || ' cannot be represented as varchar(' || n || ')')::VARCHAR END`,
    )}`,
  ],
  // To DuckDB a varchar is a way to write a binary, with its own escapes.
  varbinary: [
    `(x) AS ${byType(
      [
        { when: 'text', gives: (of) => `encode(${of('x')})`, others: { x: `''` } },
        { when: 'blob', gives: (of) => of('x'), others: { x: `''::BLOB` } },
      ],
      only(['text', 'blob'], 'NULL::BLOB', `'Cannot cast ' || trino_typeof(x) || ' to varbinary'`),
    )}`,
  ],
  whole: [
    `(x) AS ${byType(
      [{ when: 'integer', gives: (of) => `${of('x')}::BIGINT`, others: { x: '1' } }],
      unlike('format', ['integer'], 'NULL::BIGINT'),
    )}`,
  ],
  whole_number: [`(x) AS ${WHOLE}`],
  boolean_text: [`(x) AS ${BOOLEAN('x')}`],
  day_text: [`(x) AS ${DAY('x')}`],
  readable_boolean: [readable(BOOLEAN, '1')],
  readable_day: [readable(DAY, '1970-01-01')],
}
