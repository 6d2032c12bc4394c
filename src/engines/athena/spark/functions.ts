import { MACROS } from './macros.ts'

/**
 * Functions of Spark SQL in DuckDB, by name (Spark SQL Reference, "Built-in Functions"). What is not here is refused as Spark refuses a name
 * that it does not know: one that means something else in DuckDB must not slip through.
 */

/** The same name and meaning in both. */
const SAME =
  `abs acos acosh asin asinh ascii atan atan2 atanh bit_and bit_or bit_xor bit_count bool_and bool_or coalesce corr cos cosh cot
  covar_pop covar_samp count cume_dist degrees dense_rank exp factorial flatten greatest grouping isnan lag lead least left
  levenshtein lower map_concat map_from_entries map_keys map_values max md5 min mode nth_value ntile nullif percent_rank pi pow power
  radians rank regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy repeat right round row_number sin sinh
  sqrt stddev stddev_pop stddev_samp tan tanh translate unhex upper var_pop var_samp variance map_entries`.split(/\s+/)

/** Another name, the same meaning and arguments. */
const RENAMED: Readonly<Record<string, string>> = {
  any: 'bool_or',
  some: 'bool_or',
  every: 'bool_and',
  approx_percentile: 'quantile_disc',
  percentile_approx: 'quantile_disc',
  percentile: 'quantile_cont',
  array: 'list_value',
  array_agg: 'collect_list',
  array_contains: 'trino_contains',
  array_distinct: 'trino_array_distinct',
  array_except: 'trino_array_except',
  array_intersect: 'trino_array_intersect',
  array_join: 'trino_array_join',
  array_position: 'trino_array_position',
  array_remove: 'trino_array_remove',
  array_union: 'trino_array_union',
  arrays_overlap: 'trino_arrays_overlap',
  array_size: 'spark_size',
  cardinality: 'spark_size',
  bin: 'bin',
  btrim: 'trim',
  ceiling: 'spark_ceil',
  cbrt: 'trino_cbrt',
  char_length: 'spark_length',
  character_length: 'spark_length',
  len: 'spark_length',
  chr: 'spark_char',
  contains: 'contains',
  dateadd: 'spark_date_add',
  datepart: 'spark_date_part',
  date_diff: 'spark_date_diff',
  datediff: 'spark_date_diff',
  dayofmonth: 'spark_day',
  endswith: 'ends_with',
  startswith: 'starts_with',
  ifnull: 'coalesce',
  nvl: 'coalesce',
  lcase: 'lower',
  ucase: 'upper',
  map_from_arrays: 'map',
  max_by: 'arg_max_null',
  min_by: 'arg_min_null',
  negative: '-',
  rand: 'random',
  random: 'random',
  regexp: 'regexp_matches',
  regexp_like: 'regexp_matches',
  rlike: 'regexp_matches',
  reverse: 'trino_reverse',
  regexp_replace: 'trino_regexp_replace',
  sha: 'sha1',
  sha1: 'sha1',
  signum: 'spark_sign',
  soundex: 'trino_soundex',
  std: 'stddev',
  substr: 'spark_substring',
  url_decode: 'trino_url_decode',
  url_encode: 'trino_url_encode',
}

/** Functions that the translation writes itself (see calls.ts and rows.ts). */
const REWRITTEN =
  `aggregate approx_count_distinct any_value array_sort avg bigint binary boolean cast collect_list collect_set concat_ws count_if
  curdate current_date current_timestamp date date_format decode decimal double element_at encode exists explode explode_outer extract filter first first_value float forall from_json from_unixtime if int
  last last_value listagg localtimestamp ltrim map map_filter map_zip_with mean median named_struct percentile_cont percentile_disc now posexplode position reduce rtrim sequence sha2 smallint stack string string_agg
  struct sum timestamp timestampadd timestampdiff tinyint to_date to_timestamp to_unix_timestamp transform transform_keys transform_values trim try_add try_divide try_element_at try_multiply try_subtract
  unix_timestamp uuid zip_with`.split(/\s+/)

const REASONS: Readonly<Record<string, string>> = {
  'DuckDB has no such hash': 'crc32 hash xxhash64 sha224 sha384 sha512',
  'it tells of a cluster, and there is one process': `input_file_name input_file_block_start input_file_block_length spark_partition_id
    monotonically_increasing_id`,
  'there is one user': 'current_user session_user user current_catalog current_database current_schema',
  'it runs code of Java': 'java_method reflect try_reflect',
  'sketches have no form that DuckDB could read': `hll_sketch_agg hll_sketch_estimate hll_union hll_union_agg count_min_sketch bitmap_construct_agg
    bitmap_or_agg bitmap_count histogram_numeric`,
  'XML and Avro are not read by SQL here':
    'from_xml to_xml schema_of_xml xpath xpath_string xpath_int from_avro to_avro from_protobuf to_protobuf',
  'its answer has another shape for each row: use from_json or get_json_object':
    'json_tuple schema_of_json parse_json variant_get from_csv to_csv schema_of_csv',
  'DuckDB works it out over a sample, Spark over all': 'skewness kurtosis',
  'its columns are not known before the run: use LATERAL VIEW explode': 'inline inline_outer',
  'its columns must be told here: use grouping of each': 'grouping_id',
  'keys are not to be kept in queries': 'aes_encrypt aes_decrypt try_aes_decrypt',
  'it would give other rows in each run': 'shuffle randn',
}

export const REFUSED: ReadonlyMap<string, string> = new Map(
  Object.entries(REASONS).flatMap(([reason, names]) => names.split(/\s+/).map((name) => [name, reason] as const)),
)

/** Macros that Spark has no function for. */
const OWN: ReadonlySet<string> = new Set(
  'java_double texts divide divide_or_null div div_or_null seconds modulo modulo_or_null whole item mean mean_type months or_null json_struct json_map json_list json_structs'.split(
    ' ',
  ),
)

const TARGETS = new Map<string, string>()
for (const name of [...SAME, ...REWRITTEN]) TARGETS.set(name, name)
for (const [name, target] of Object.entries(RENAMED)) TARGETS.set(name, target)
for (const name of Object.keys(MACROS)) if (!OWN.has(name)) TARGETS.set(name, `spark_${name}`)

/** DuckDB's name of a Spark function; undefined for one that is not known. */
export function duckFunction(name: string): string | undefined {
  return TARGETS.get(name)
}

/** How a function of Spark is answered: by the same or another one of DuckDB's, by an expression of ours, or by another tree. */
export type Manner = 'mapped' | 'emulated' | 'rewritten'

export const SPARK_FUNCTIONS: readonly { name: string; manner: Manner; target: string }[] = [...TARGETS]
  .map(([name, target]) => {
    const manner: Manner = REWRITTEN.includes(name)
      ? 'rewritten'
      : /^(spark|trino)_/.test(target)
        ? 'emulated'
        : 'mapped'
    return { name, manner, target }
  })
  .sort((a, b) => (a.name < b.name ? -1 : 1))
