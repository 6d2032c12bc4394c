// Counts the words of the names of airports.
export function map(_offset: number, row: { name: string }, context: Context) {
  for (const word of row.name.toLowerCase().split(/[^a-z]+/)) if (word) context.emit(word, 1)
}

export function reduce(word: string, counts: Iterable<number>, context: Context) {
  let sum = 0
  for (const count of counts) sum += count
  context.emit(word, sum)
}

interface Context {
  emit(key: string, value: number): void
}
