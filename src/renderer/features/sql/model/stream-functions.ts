import { list } from './function-list.ts'

/** Of Spark's built-in functions those that are written most (Spark SQL Reference, "Built-in Functions"). */
export const SPARK = list(`
nvl(a, b) as a | The first value that is not NULL.
if(condition, then, else) as then | One value or the other.
date_add(date, days) date | So many days later.
date_sub(date, days) date | So many days earlier.
datediff(end, start) int | Days between two dates.
add_months(date, months) date | So many months later.
months_between(a, b) double | Months between two times.
date_format(time, pattern) string | A time as text, by Java's pattern letters.
to_date(text, pattern) date | A text as a date.
to_timestamp(text, pattern) timestamp | A text as a time.
unix_timestamp(text, pattern) bigint | Seconds since 1970.
from_unixtime(seconds, pattern) string | Seconds since 1970 as text.
current_date() date | The date of the query.
current_timestamp() timestamp | The time of the query.
year(time) int | The year.
month(time) int | The month, 1 to 12.
dayofmonth(time) int | The day of the month.
dayofweek(time) int | Sunday is 1, Saturday 7.
weekofyear(time) int | The ISO week.
hour(time) int | The hour.
window(time, length, slide) struct | The window of time that a row falls into.
concat_ws(separator, text, ...) string | Texts joined by a separator.
regexp_extract(text, pattern, group) string | What the pattern finds first.
regexp_replace(text, pattern, replacement) string | What the pattern finds, replaced.
split(text, pattern) array | The parts of a text, cut by a pattern.
instr(text, search) int | Where it is found, 0 where not.
initcap(text) string | Each word with a capital.
get_json_object(json, path) string | The value at a JSON path.
from_json(json, schema) struct | JSON as a value of a schema.
to_json(value) string | A value as JSON.
explode(collection) rows | A row for each element.
posexplode(array) rows | A row for each element, with its place.
inline(array) rows | A row for each struct of an array.
size(collection) int | How many elements it has.
array_contains(array, value) boolean | Whether the value is in it.
array_distinct(array) array | Without repeated values.
sort_array(array, ascending) array | In order.
element_at(collection, key) value | An element; NULL where there is none.
transform(array, function) array | Each element by a lambda.
filter(array, function) array | The elements for which a lambda holds.
aggregate(array, start, merge) value | One value of all elements.
map_keys(map) array | The keys.
map_values(map) array | The values.
named_struct(name, value, ...) struct | A struct of these fields.
collect_list(x) array | The values as an array.
collect_set(x) array | The distinct values as an array.
approx_count_distinct(x) bigint | About how many distinct values there are.
percentile_approx(x, share) as x | About the value below which that share lies.
first(x) as x | The first value of the group.
last(x) as x | The last value of the group.
md5(text) string | Its MD5 in hex.
sha2(text, bits) string | Its SHA-2 in hex.
rand() double | A number from 0 to 1.
`)

/** Of Flink's functions those that are written most (Flink documentation, "System (Built-in) Functions", "Windowing TVF"). */
export const FLINK = list(`
tumble(TABLE data, DESCRIPTOR time, size) table | Windows of one size, side by side.
hop(TABLE data, DESCRIPTOR time, slide, size) table | Windows of one size that overlap.
cumulate(TABLE data, DESCRIPTOR time, step, size) table | Windows that grow by a step up to a size.
session(TABLE data, DESCRIPTOR time, gap) table | Windows that end after a gap.
proctime() timestamp_ltz | The time at which a row is worked on.
to_timestamp(text, format) timestamp(3) | A text as a time.
to_timestamp_ltz(number, precision) timestamp_ltz | A number since 1970 as an instant.
current_watermark(time) timestamp | The watermark of a time attribute.
unix_timestamp(text, format) bigint | Seconds since 1970.
from_unixtime(seconds, format) string | Seconds since 1970 as text.
date_format(time, format) string | A time as text.
timestampdiff(unit, from, to) int | Whole units between two times.
timestampadd(unit, count, time) timestamp | So many units later.
year(date) bigint | The year.
month(date) bigint | The month, 1 to 12.
dayofmonth(date) bigint | The day of the month.
hour(time) bigint | The hour.
concat_ws(separator, text, ...) string | Texts joined by a separator.
char_length(text) int | Characters.
regexp_extract(text, pattern, group) string | What the pattern finds first.
regexp_replace(text, pattern, replacement) string | What the pattern finds, replaced.
split_index(text, delimiter, index) string | One part of the text; the first is 0.
json_value(json, path) string | The scalar at a JSON path.
json_query(json, path) string | The object or array at a JSON path.
json_exists(json, path) boolean | Whether there is something at a JSON path.
json_object(key VALUE value, ...) string | An object as JSON.
cardinality(collection) int | How many elements it has.
array_contains(array, value) boolean | Whether the value is in it.
collect(x) multiset | The values as a multiset.
listagg(text, separator) string | Texts joined.
first_value(x) as x | The first value in order of arrival.
last_value(x) as x | The last value in order of arrival.
ifnull(a, b) as a | The first value that is not NULL.
if(condition, then, else) as then | One value or the other.
md5(text) string | Its MD5 in hex.
sha256(text) string | Its SHA-256 in hex.
rand() double | A number from 0 to 1.
uuid() string | A random identifier.
`)
