/** What DuckDB says no to, read from its words, so that each engine can say it in its own service's. */
export type Refusal =
  | { readonly kind: 'call'; readonly name: string; readonly types: readonly string[]; readonly unclear: boolean }
  | { readonly kind: 'compare'; readonly types: readonly string[] }
  /** Of the values of an array DuckDB does not tell the types. */
  | { readonly kind: 'mix'; readonly types: readonly string[]; readonly place: string }
  | { readonly kind: 'ungrouped'; readonly column: string }
  | { readonly kind: 'ambiguous'; readonly column: string }
  | { readonly kind: 'aggregate'; readonly clause: string }
  | { readonly kind: 'columns' }

/** DuckDB's types as it writes them: those of literals have names of their own. */
const plain = (types: string) =>
  types === ''
    ? []
    : types
        .split(/,\s*(?![^(]*\))/)
        .map((type) =>
          type.replace('INTEGER_LITERAL', 'INTEGER').replace('STRING_LITERAL', 'VARCHAR').replaceAll('"', ''),
        )

export function refusalOf(message: string): Refusal | undefined {
  const call =
    /No function matches the given name and argument types '(.+?)\((.*?)\)'\./s.exec(message) ??
    /best candidate function for the function call "(.+?)\((.*?)\)"\./s.exec(message)
  if (call)
    return { kind: 'call', name: call[1], types: plain(call[2]), unclear: message.startsWith('Could not choose') }
  const compare =
    /Cannot compare values of type (.+?) and (?:(?:values of )?type )?(.+?)(?: in .+?)? - an explicit cast/.exec(
      message,
    )
  if (compare) return { kind: 'compare', types: plain(`${compare[1]}, ${compare[2]}`) }
  const mix = /Cannot mix values of type (.+?) and (.+?) in (\w+)/.exec(message)
  if (mix) return { kind: 'mix', types: plain(`${mix[1]}, ${mix[2]}`), place: mix[3] }
  if (/Cannot deduce template type 'T' in function: 'list_value/.test(message))
    return { kind: 'mix', types: [], place: 'ARRAY' }
  const ungrouped = /column "?([^"]+)"? must appear in the GROUP BY/i.exec(message)
  if (ungrouped) return { kind: 'ungrouped', column: ungrouped[1] }
  const ambiguous = /Ambiguous reference to (?:column name|an alias) "([^"]+)"/i.exec(message)
  if (ambiguous) return { kind: 'ambiguous', column: ambiguous[1] }
  const aggregate = /^(\w+(?: \w+)?) clause cannot contain (?:aggregates|window functions)/i.exec(message)
  if (aggregate) return { kind: 'aggregate', clause: aggregate[1].toUpperCase() }
  if (/same number of result columns/.test(message)) return { kind: 'columns' }
  return undefined
}

/** Whether a call is one of an operator: `a + b`. */
export function isOperator(name: string): boolean {
  return !/[\p{L}_]/u.test(name)
}
