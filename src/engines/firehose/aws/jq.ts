import { refuse } from './refuse.ts'

/**
 * The jq that partitioning queries mostly are, as expressions: an object of paths, each optionally sliced, cut to a date, or turned into
 * text: `{day:.date[0:10],who:.user.id|tostring}`. Anything else is refused by name.
 */
export function jqFields(query: string): Record<string, string> {
  const body = /^\s*\{([\s\S]*)\}\s*$/.exec(query)?.[1]
  if (body === undefined) throw refuse('MetadataExtractionQuery', 'must be an object such as {day:.date[0:10]}')
  const fields: Record<string, string> = {}
  for (const part of body.split(',')) {
    const match = /^\s*"?([A-Za-z_][\w-]*)"?\s*:\s*([\s\S]+?)\s*$/.exec(part)
    if (!match) throw refuse('MetadataExtractionQuery', `has "${part.trim()}", which is not name:path`)
    fields[match[1]] = jqExpression(match[2])
  }
  return fields
}

function jqExpression(text: string): string {
  const [path, ...filters] = text.split('|').map((piece) => piece.trim())
  const match = /^((?:\.(?:[A-Za-z_]\w*|"[^"]+"))+)(?:\[(\d*):(\d*)\])?$/.exec(path)
  if (!match)
    throw refuse(
      'MetadataExtractionQuery',
      `has the jq "${text}", which is not supported by Millrace: use paths, slices [a:b], tostring, ascii_downcase, strftime`,
    )
  const [, names, from, to] = match
  let expression = names
    .slice(1)
    .split('.')
    .map((name) => (name.startsWith('"') ? name : `"${name}"`))
    .join('.')
  if (from !== undefined) {
    const start = Number(from || 0)
    expression = `substr(${expression}, ${start + 1}${to ? `, ${Math.max(0, Number(to) - start)}` : ''})`
  }
  for (const filter of filters) {
    const strftime = /^strftime\("([^"]*)"\)$/.exec(filter)
    if (filter === 'tostring') expression = `CAST(${expression} AS varchar)`
    else if (filter === 'ascii_downcase') expression = `lower(${expression})`
    else if (filter === 'ascii_upcase') expression = `upper(${expression})`
    else if (strftime)
      expression = `date_format(from_unixtime(${expression}), '${strftime[1].replaceAll('%M', '%i').replaceAll("'", "''")}')`
    else throw refuse('MetadataExtractionQuery', `has the jq filter "${filter}", which is not supported by Millrace`)
  }
  return expression
}

/** `jqExpression` backwards; an expression that came from no jq is shown as it is. */
export function jqOf(expression: string): string {
  const inside = (pattern: RegExp, filter: (match: RegExpExecArray) => string): string | undefined => {
    const match = pattern.exec(expression)
    return match ? `${jqOf(match[1])}${filter(match)}` : undefined
  }
  if (/^"[^"]+"(\."[^"]+")*$/.test(expression)) {
    const names = [...expression.matchAll(/"([^"]+)"/g)].map(([, name]) => name)
    return names.map((name) => (/^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `."${name}"`)).join('')
  }
  return (
    inside(/^substr\((.*), (\d+), (\d+)\)$/, ([, , start, length]) => {
      const from = Number(start) - 1
      return `[${from}:${from + Number(length)}]`
    }) ??
    inside(/^substr\((.*), (\d+)\)$/, ([, , start]) => `[${Number(start) - 1}:]`) ??
    inside(/^CAST\((.*) AS varchar\)$/, () => '|tostring') ??
    inside(/^lower\((.*)\)$/, () => '|ascii_downcase') ??
    inside(/^upper\((.*)\)$/, () => '|ascii_upcase') ??
    inside(
      /^date_format\(from_unixtime\((.*)\), '([^']*)'\)$/,
      ([, , format]) => `|strftime("${format.replaceAll('%i', '%M')}")`,
    ) ??
    expression
  )
}
