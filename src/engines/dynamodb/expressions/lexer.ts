/** A piece of an expression. `word` is a name or keyword, `name` begins with `#`, `value` with `:`; `end` is the end of the text. */
export interface Token {
  readonly kind: 'word' | 'name' | 'value' | 'number' | 'symbol' | 'bad' | 'end'
  readonly text: string
  readonly start: number
  readonly end: number
}

const TOKEN = /\s*(?:([a-zA-Z_]\w*)|(#\w+)|(:\w+)|(\d+)|(<>|<=|>=|[()[\],.=<>+-])|(\S))/y

export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  for (;;) {
    const match = TOKEN.exec(text)
    if (!match) break
    const end = TOKEN.lastIndex
    const [, word, name, value, number, symbol] = match
    const found = word ?? name ?? value ?? number ?? symbol ?? match[6]
    const kind = word
      ? 'word'
      : name
        ? 'name'
        : value
          ? 'value'
          : number !== undefined
            ? 'number'
            : symbol
              ? 'symbol'
              : 'bad'
    tokens.push({ kind, text: found, start: end - found.length, end })
  }
  tokens.push({ kind: 'end', text: '<EOF>', start: text.length, end: text.length })
  return tokens
}
