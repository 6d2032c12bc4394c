import type { Classified } from './classifiers.ts'
import { hiveText, type InferredColumn, merged } from './types.ts'

/** Some files that can be one table, with the columns of all of them. */
export interface SchemaGroup {
  readonly first: Classified
  columns: readonly InferredColumn[]
  files: number
  readonly signatures: Set<string>
}

/** The share of columns that two schemas must have in common (Glue's own threshold of similarity). */
const SIMILAR_SHARE = 0.7

/** Two files of one signature are alike. */
export function signatureOf({ classification, columns, parameters }: Classified): string {
  return `${kindOf({ classification, parameters })}|${columns.map(({ name, type }) => `${name}:${hiveText(type)}`).join(',')}`
}

const kindOf = ({ classification, parameters }: Pick<Classified, 'classification' | 'parameters'>) =>
  `${classification}|${parameters.delimiter ?? ''}|${parameters['skip.header.line.count'] ?? ''}`

/** Schemas sorted into groups, the largest first. `combine`: whatever can be read as one is one. */
export function grouped(
  schemas: ReadonlyMap<string, { found: Classified; files: number }>,
  combine: boolean,
): SchemaGroup[] {
  const groups: SchemaGroup[] = []
  const byFiles = [...schemas].sort(([, a], [, b]) => b.files - a.files)
  for (const [signature, { found, files }] of byFiles) {
    const group = groups.find((candidate) => alike(candidate, found, combine))
    if (group) {
      group.columns = mergedColumns(group.columns, found.columns)
      group.files += files
      group.signatures.add(signature)
    } else groups.push({ first: found, columns: found.columns, files, signatures: new Set([signature]) })
  }
  return groups.sort((a, b) => b.files - a.files)
}

/** Whether the columns of two texts whose values are found by their place have one order: what one has more of is at its end. */
export function samePlaces(a: readonly { name: string }[], b: readonly { name: string }[]): boolean {
  return a.every(({ name }, i) => i >= b.length || b[i].name === name)
}

/** Whether values are found by their place in a line: those of all other formats are found by their names. */
export const isByPlace = ({ format }: Pick<Classified, 'format'>) => format === 'csv'

/** Whether a value of the file would be read as that of another column of the group. */
export function clashesByPlace(group: SchemaGroup, found: Classified): boolean {
  return isByPlace(found) && kindOf(group.first) === kindOf(found) && !samePlaces(group.columns, found.columns)
}

function alike(group: SchemaGroup, found: Classified, combine: boolean): boolean {
  if (kindOf(group.first) !== kindOf(found) || clashesByPlace(group, found)) return false
  const known = new Map(group.columns.map(({ name, type }) => [name, type]))
  let common = 0
  let clashes = 0
  for (const { name, type } of found.columns) {
    const other = known.get(name)
    if (!other) continue
    if (merged(other, type).exact) common++
    else clashes++
  }
  if (combine) return clashes === 0
  return common >= SIMILAR_SHARE * Math.max(group.columns.length, found.columns.length)
}

/** Columns of both, in the order in which they were seen. */
export function mergedColumns(a: readonly InferredColumn[], b: readonly InferredColumn[]): InferredColumn[] {
  const columns = new Map(a.map((column) => [column.name, column]))
  for (const column of b) {
    const known = columns.get(column.name)
    columns.set(column.name, known ? { ...known, type: merged(known.type, column.type).type } : column)
  }
  return [...columns.values()]
}
