import { invalid } from '../model.ts'

/**
 * Glue's exclude patterns (AWS Glue Developer Guide, "Include and exclude patterns"): `*` and `?` within a folder, `**` over folders,
 * `[a-z]`, `[!a]`, `{one,two}`, and a backslash before what is meant as it is.
 */
export function globExpression(glob: string): RegExp {
  let source = ''
  let braces = 0
  for (let at = 0; at < glob.length; at++) {
    const c = glob[at]
    if (c === '\\' && at + 1 < glob.length) source += escaped(glob[++at])
    else if (c === '*' && glob[at + 1] === '*') {
      at++
      source += '.*'
    } else if (c === '*') source += '[^/]*'
    else if (c === '?') source += '[^/]'
    else if (c === '[') {
      const end = glob.indexOf(']', at + 2)
      if (end < 0) throw invalid(`The exclude pattern ${glob} has a [ that is not closed.`)
      const inside = glob.slice(at + 1, end).replace(/\\/g, '\\\\')
      source += `(?!/)[${inside.startsWith('!') ? `^${inside.slice(1)}` : inside}]`
      at = end
    } else if (c === '{') {
      braces++
      source += '(?:'
    } else if (c === '}' && braces > 0) {
      braces--
      source += ')'
    } else source += c === ',' && braces > 0 ? '|' : escaped(c)
  }
  if (braces > 0) throw invalid(`The exclude pattern ${glob} has a { that is not closed.`)
  try {
    return new RegExp(`^${source}$`, 's')
  } catch {
    throw invalid(`The exclude pattern ${glob} is not valid.`)
  }
}

const escaped = (c: string) => c.replace(/[.*+?^${}()|[\]\\/]/, '\\$&')
