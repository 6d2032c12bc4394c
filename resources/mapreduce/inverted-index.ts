// From words to the airports that have them in their names.
export function map(_offset: number, row: { iata: string; name: string }, context: Context) {
  for (const word of new Set(row.name.toLowerCase().split(/[^a-z]+/))) if (word) context.emit(word, row.iata)
}

export function reduce(word: string, airports: Iterable<string>, context: Context) {
  context.emit(word, [...airports].sort().join(' '))
}

interface Context {
  emit(key: string, value: string): void
}
