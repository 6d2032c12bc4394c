const SPACE = /[ \t\r\n]*/y
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y

/** Offset of the first character at which a text stops being JSON; null where it is JSON. Engines' own messages often leave the place out. */
export function jsonErrorOffset(text: string): number | null {
  let at = 0
  const match = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found) at += found[0].length
    return found !== null
  }
  /** What closes each open bracket, innermost last. */
  const open: string[] = []
  let wanted: 'value' | 'value or end' | 'key' | 'key or end' | 'after' = 'value'
  for (;;) {
    match(SPACE)
    const next = text[at]
    if (wanted === 'after') {
      if (open.length === 0) return at < text.length ? at : null
      if (next === ',') wanted = open.at(-1) === '}' ? 'key' : 'value'
      else if (next === open.at(-1)) open.pop()
      else return at
      at++
    } else if (wanted.endsWith('or end') && next === open.at(-1)) {
      open.pop()
      at++
      wanted = 'after'
    } else if (wanted.startsWith('key')) {
      if (!match(STRING)) return at
      match(SPACE)
      if (text[at] !== ':') return at
      at++
      wanted = 'value'
    } else if (next === '{' || next === '[') {
      open.push(next === '{' ? '}' : ']')
      at++
      wanted = next === '{' ? 'key or end' : 'value or end'
    } else if (match(STRING) || match(SCALAR)) wanted = 'after'
    else return at
  }
}
