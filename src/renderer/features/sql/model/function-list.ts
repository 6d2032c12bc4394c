/** A function as the hint under the cursor shows it. */
export interface SqlFunction {
  readonly name: string
  /** Parameters in words: `date_diff(unit, from, to)`. */
  readonly parameters: readonly string[]
  readonly returns: string
  readonly about: string
}

export const list = (text: string): SqlFunction[] =>
  text
    .trim()
    .split('\n')
    .map((line) => {
      const [, name, parameters, returns, about] = /^(\w+)\(([^)]*)\) (.+?) \| (.*)$/.exec(line.trim())!
      return { name, parameters: parameters === '' ? [] : parameters.split(', '), returns, about }
    })

export const COMMON = list(`
count(*) bigint | Rows, or values that are not NULL.
sum(x) number | The sum of the values that are not NULL.
avg(x) number | The mean of the values that are not NULL.
min(x) as x | The smallest value.
max(x) as x | The largest value.
stddev(x) double | Sample standard deviation.
stddev_pop(x) double | Population standard deviation.
variance(x) double | Sample variance.
var_pop(x) double | Population variance.
coalesce(value, ...) as value | The first value that is not NULL.
nullif(a, b) as a | NULL where both are equal, else the first.
greatest(value, ...) as value | The largest of the values.
least(value, ...) as value | The smallest of the values.
cast(value AS type) type | The value as another type; fails where it cannot be.
abs(x) as x | Without its sign.
ceil(x) as x | Rounded up to a whole number.
floor(x) as x | Rounded down to a whole number.
round(x, digits) as x | Rounded to so many digits.
mod(n, m) as n | What is left of a division.
power(x, p) double | x to the power of p.
sqrt(x) double | The square root.
exp(x) double | e to the power of x.
ln(x) double | The natural logarithm.
sign(x) as x | −1, 0 or 1.
lower(text) varchar | In small letters.
upper(text) varchar | In capital letters.
length(text) bigint | Characters.
trim(text) varchar | Without blanks at both ends.
ltrim(text) varchar | Without blanks at the start.
rtrim(text) varchar | Without blanks at the end.
substring(text, start, length) varchar | A part of the text; the first character is 1.
substr(text, start, length) varchar | A part of the text; the first character is 1.
replace(text, search, replacement) varchar | Every occurrence replaced.
reverse(text) varchar | The characters from last to first.
concat(a, b, ...) varchar | Texts one after the other.
lpad(text, size, pad) varchar | Filled at the left to a size.
rpad(text, size, pad) varchar | Filled at the right to a size.
split_part(text, delimiter, index) varchar | One part of the text; the first is 1.
date_trunc(unit, time) timestamp | Cut down to the start of its unit: 'hour', 'day', 'month'.
extract(field FROM time) bigint | A part of a date or time.
row_number() bigint | The number of the row in its window, from 1.
rank() bigint | The rank in its window, with gaps after equals.
dense_rank() bigint | The rank in its window, without gaps.
ntile(buckets) bigint | The bucket of the row, of so many of equal size.
lag(x, offset, default) as x | The value some rows before.
lead(x, offset, default) as x | The value some rows after.
first_value(x) as x | The first value of the window.
last_value(x) as x | The last value of the window.
percent_rank() double | The relative rank, 0 to 1.
cume_dist() double | The share of rows not after this one.
`)
