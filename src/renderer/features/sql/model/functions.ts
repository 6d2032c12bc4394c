import { COMMON, list, type SqlFunction } from './function-list.ts'
import type { Dialect } from './header.ts'
import { FLINK, SPARK } from './stream-functions.ts'

export type { SqlFunction } from './function-list.ts'

const TRINO = list(`
approx_distinct(x) bigint | About how many distinct values there are.
approx_percentile(x, share) as x | About the value below which that share lies.
arbitrary(x) as x | Any one of the values.
any_value(x) as x | Any one of the values.
array_agg(x) array | The values as an array.
bool_and(x) boolean | Whether all are true.
bool_or(x) boolean | Whether any is true.
count_if(condition) bigint | Rows for which it holds.
max_by(x, by) as x | x where \`by\` is largest.
min_by(x, by) as x | x where \`by\` is smallest.
corr(y, x) double | The correlation.
histogram(x) map | How often each value occurs.
map_agg(key, value) map | Keys and values as a map.
listagg(text, separator) varchar | Texts joined, with WITHIN GROUP (ORDER BY …).
if(condition, then, else) as then | One value or the other.
try(expression) as expression | NULL where the expression fails.
try_cast(value AS type) type | NULL where the value cannot be cast.
typeof(value) varchar | The name of its type.
now() timestamp with time zone | The time of the query.
current_timestamp() timestamp with time zone | The time of the query.
date(value) date | The date of a text or time.
date_add(unit, count, time) as time | So many units later.
date_diff(unit, from, to) bigint | Whole units between two times.
date_format(time, format) varchar | A time as text, in MySQL's format.
date_parse(text, format) timestamp | A text as a time, in MySQL's format.
from_unixtime(seconds) timestamp | Seconds since 1970 as a time.
to_unixtime(time) double | A time as seconds since 1970.
from_iso8601_timestamp(text) timestamp with time zone | ISO 8601 text as a time.
from_iso8601_date(text) date | ISO 8601 text as a date.
year(time) bigint | The year.
quarter(time) bigint | The quarter, 1 to 4.
month(time) bigint | The month, 1 to 12.
week(time) bigint | The ISO week.
day(time) bigint | The day of the month.
day_of_week(time) bigint | Monday is 1, Sunday 7.
day_of_year(time) bigint | The day of the year.
hour(time) bigint | The hour.
minute(time) bigint | The minute.
second(time) bigint | The second.
regexp_like(text, pattern) boolean | Whether the pattern is found.
regexp_extract(text, pattern, group) varchar | What the pattern finds first.
regexp_replace(text, pattern, replacement) varchar | What the pattern finds, replaced.
split(text, delimiter) array(varchar) | The parts of a text.
strpos(text, search) bigint | Where it is found, 0 where not.
starts_with(text, prefix) boolean | Whether it begins so.
json_extract(json, path) json | The value at a JSON path.
json_extract_scalar(json, path) varchar | The scalar at a JSON path, as text.
json_parse(text) json | Text as JSON.
json_format(json) varchar | JSON as text.
cardinality(collection) bigint | How many elements it has.
contains(array, value) boolean | Whether the value is in it.
element_at(collection, key) value | An element; NULL where there is none.
array_join(array, delimiter) varchar | Elements as one text.
sequence(from, to, step) array | The values between two.
transform(array, function) array | Each element by a lambda.
filter(array, function) array | The elements for which a lambda holds.
width_bucket(x, low, high, buckets) bigint | The bucket that x falls into.
truncate(x) as x | Without its fraction.
rand() double | A number from 0 to 1.
`)

const REDSHIFT = list(`
getdate() timestamp | The time of the statement.
sysdate() timestamp | The time of the transaction.
current_date() date | The date of the statement.
dateadd(unit, count, time) timestamp | So many units later.
datediff(unit, from, to) bigint | Boundaries of a unit between two times.
date_part(unit, time) double | A part of a date or time.
to_char(value, format) varchar | A time or number as text.
to_date(text, format) date | Text as a date.
to_timestamp(text, format) timestamptz | Text as a time.
last_day(time) date | The last day of its month.
months_between(a, b) double | Months between two dates.
add_months(time, count) timestamp | So many months later.
nvl(a, b, ...) as a | The first value that is not NULL.
nvl2(value, then, else) as then | One value or the other, by whether it is NULL.
decode(value, search, result, ..., default) as result | The result of the first match.
listagg(text, separator) varchar | Texts joined, with WITHIN GROUP (ORDER BY …).
median(x) double | The value in the middle.
percentile_cont(share) double | The value at that share, with WITHIN GROUP (ORDER BY …).
ratio_to_report(x) double | The share of the sum of its window.
left(text, length) varchar | The first characters.
right(text, length) varchar | The last characters.
len(text) integer | Characters.
charindex(search, text) integer | Where it is found, 0 where not.
position(search IN text) integer | Where it is found, 0 where not.
strpos(text, search) integer | Where it is found, 0 where not.
initcap(text) varchar | Each word with a capital.
btrim(text) varchar | Without blanks at both ends.
translate(text, from, to) varchar | Characters replaced one by one.
regexp_substr(text, pattern) varchar | What the pattern finds first.
regexp_replace(text, pattern, replacement) varchar | What the pattern finds, replaced.
regexp_count(text, pattern) integer | How often the pattern is found.
json_extract_path_text(json, path, ...) varchar | The value at a path, as text.
is_valid_json(text) boolean | Whether the text is JSON.
md5(text) varchar | Its MD5 in hex.
trunc(x, digits) as x | Cut off after so many digits.
random() double | A number from 0 to 1.
convert(type, value) type | The value as another type.
`)

export const SQL_FUNCTIONS: Readonly<Record<Dialect, readonly SqlFunction[]>> = {
  athena: [...COMMON, ...TRINO],
  warehouse: [...COMMON, ...REDSHIFT],
  spark: [...COMMON, ...SPARK],
  flink: [...COMMON, ...FLINK],
}

const WORDS =
  'SELECT FROM WHERE GROUP BY HAVING ORDER LIMIT OFFSET WITH AS DISTINCT ALL AND OR NOT IN EXISTS BETWEEN LIKE IS NULL TRUE FALSE CASE WHEN THEN ELSE END JOIN LEFT RIGHT FULL INNER OUTER CROSS ON USING UNION INTERSECT EXCEPT ASC DESC NULLS FIRST LAST OVER PARTITION ROWS RANGE PRECEDING FOLLOWING UNBOUNDED CURRENT ROW FILTER INTERVAL DATE TIMESTAMP CREATE TABLE VIEW REPLACE DROP IF INSERT INTO VALUES EXPLAIN ANALYZE ALTER ADD CAST ESCAPE EXTRACT WITHIN SHOW'

export const KEYWORDS: Readonly<Record<Dialect, readonly string[]>> = {
  athena:
    `${WORDS} EXTERNAL PARTITIONED STORED LOCATION TBLPROPERTIES FORMAT ROW SERDE UNLOAD TO MSCK REPAIR DESCRIBE DATABASE DATABASES SCHEMA TABLES COLUMNS PARTITIONS UNNEST ORDINALITY LATERAL GROUPING SETS ROLLUP CUBE TABLESAMPLE FETCH RECURSIVE WINDOW VARCHAR BIGINT INTEGER DOUBLE BOOLEAN DECIMAL ARRAY MAP`.split(
      ' ',
    ),
  warehouse:
    `${WORDS} QUALIFY DISTSTYLE DISTKEY SORTKEY COMPOUND INTERLEAVED ENCODE IDENTITY KEY EVEN AUTO COPY UNLOAD TO IAM_ROLE FORMAT PARQUET CSV JSON IGNOREHEADER DELIMITER GZIP UPDATE SET DELETE MERGE TRUNCATE BEGIN COMMIT ROLLBACK VACUUM SCHEMA PRIMARY DEFAULT TEMP TOP ILIKE SIMILAR VARCHAR BIGINT INTEGER SMALLINT DOUBLE PRECISION BOOLEAN DECIMAL SUPER ANALYZE RECURSIVE`.split(
      ' ',
    ),
  spark:
    `${WORDS} OVERWRITE MERGE MATCHED UPDATE SET DELETE USING PARTITIONED CLUSTERED BUCKETS LOCATION TBLPROPERTIES OPTIONS TEMPORARY LATERAL TABLESAMPLE PIVOT UNPIVOT ROLLUP CUBE GROUPING SETS DISTRIBUTE SORT CLUSTER CACHE UNCACHE REFRESH DESCRIBE USE DATABASE SCHEMA TABLES COLUMNS FUNCTION STRING BIGINT INT DOUBLE BOOLEAN DECIMAL BINARY ARRAY MAP STRUCT ANTI SEMI RLIKE DIV WINDOW`.split(
      ' ',
    ),
  flink:
    `${WORDS} WATERMARK FOR TUMBLE HOP CUMULATE SESSION DESCRIPTOR SYSTEM_TIME OF PROCTIME PRIMARY KEY ENFORCED METADATA VIRTUAL PARTITIONED CATALOG DATABASE TEMPORARY FUNCTION LANGUAGE MATCH_RECOGNIZE MEASURES DEFINE PATTERN AFTER MATCH SKIP PAST ONE PER NEXT EXECUTE STATEMENT SET BEGIN USE CATALOGS TABLES VIEWS DESCRIBE COMPUTE LATERAL UNNEST STRING BIGINT INT DOUBLE BOOLEAN DECIMAL BYTES ARRAY MAP MULTISET SECOND MINUTE HOUR DAY`.split(
      ' ',
    ),
}

/** Longer beginnings; `$1`, `$2` are the places one fills in. */
export const SNIPPETS: readonly { label: string; about: string; text: string; engine?: Dialect }[] = [
  { label: 'sel', about: 'SELECT … FROM … LIMIT', text: `SELECT \${2:*}\nFROM \${1:table}\nLIMIT \${3:100}` },
  {
    label: 'cte',
    about: 'WITH … AS ( … ) SELECT',
    text: `WITH \${1:name} AS (\n  SELECT $2\n  FROM $3\n)\nSELECT *\nFROM \${1:name}`,
  },
  {
    label: 'top',
    about: 'The largest groups',
    text: `SELECT \${1:column}, COUNT(*) AS n\nFROM \${2:table}\nGROUP BY \${1:column}\nORDER BY n DESC\nLIMIT 10`,
  },
  { label: 'case', about: 'CASE WHEN … END', text: `CASE WHEN \${1:condition} THEN $2 ELSE $3 END` },
  {
    label: 'win',
    about: 'A window function',
    text: `ROW_NUMBER() OVER (PARTITION BY \${1:column} ORDER BY \${2:column})`,
  },
  {
    label: 'ctas',
    about: 'CREATE TABLE AS',
    text: `CREATE TABLE \${1:name}\nWITH (format = 'PARQUET', external_location = '\${2:s3://bucket/prefix/}') AS\nSELECT $3`,
    engine: 'athena',
  },
  {
    label: 'copy',
    about: 'COPY from the lake',
    text: `COPY \${1:table}\nFROM '\${2:s3://bucket/prefix/}'\nIAM_ROLE default\nFORMAT AS \${3:PARQUET};`,
    engine: 'warehouse',
  },
  {
    label: 'insert',
    about: 'INSERT OVERWRITE a partition',
    text: `INSERT OVERWRITE TABLE \${1:table} PARTITION (\${2:day} = '\${3:2024-01-01}')\nSELECT $4`,
    engine: 'spark',
  },
  {
    label: 'kinesis',
    about: 'A table over a Kinesis stream',
    text: `CREATE TABLE \${1:events} (\n  \${2:id} STRING,\n  ts TIMESTAMP(3),\n  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND\n) WITH (\n  'connector' = 'kinesis',\n  'stream' = '\${3:stream}',\n  'aws.region' = 'us-east-1',\n  'format' = 'json'\n);`,
    engine: 'flink',
  },
  {
    label: 'tumble',
    about: 'Counts in windows of time',
    text: `SELECT window_start, window_end, COUNT(*) AS n\nFROM TABLE(TUMBLE(TABLE \${1:events}, DESCRIPTOR(\${2:ts}), INTERVAL '\${3:1}' MINUTE))\nGROUP BY window_start, window_end`,
    engine: 'flink',
  },
]
