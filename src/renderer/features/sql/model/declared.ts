/** A type as the dialect declares it: `array(row(a bigint))`. Of a row the fields, of a map key and value, of an array its element. */
export interface Declared {
  readonly name: string
  readonly of: readonly { readonly field: string | null; readonly type: Declared }[]
}

/** Reads Trino's and Hive's way of writing nested types. */
export function readDeclared(text: string): Declared {
  const open = text.search(/[(<]/)
  const name = (open < 0 ? text : text.slice(0, open)).trim().toLowerCase()
  if (open < 0 || !/^(row|struct|array|map)$/.test(name)) return { name: text.trim(), of: [] }
  const parts = splitTop(text.slice(open + 1, text.search(/[)>]\s*$/)))
  const named = name === 'row' || name === 'struct'
  return { name: name === 'struct' ? 'row' : name, of: parts.map((part) => (named ? field(part) : plain(part))) }
}

/** The fields of a row type, or of one that its fields lead to; of anything else none. */
export function fieldsAt(type: string, path: readonly string[]): { name: string; type: string }[] {
  let at: Declared | undefined = readDeclared(type)
  for (const part of path)
    at = at?.name === 'row' ? at.of.find(({ field }) => field?.toLowerCase() === part.toLowerCase())?.type : undefined
  if (at?.name !== 'row') return []
  return at.of.flatMap(({ field, type }) => (field === null ? [] : [{ name: field, type: written(type) }]))
}

function written({ name, of }: Declared): string {
  if (of.length === 0) return name
  return `${name}(${of.map(({ field, type }) => (field === null ? '' : `${field} `) + written(type)).join(', ')})`
}

const plain = (text: string) => ({ field: null, type: readDeclared(text) })

function field(text: string): Declared['of'][number] {
  const [, quoted, bare, type] = /^\s*(?:"((?:[^"]|"")*)"|([\w$]+))\s*[:\s]\s*(.+)$/s.exec(text) ?? []
  // `double precision` would look like a field of that name; no type of more than one word is written here.
  return type === undefined ? plain(text) : { field: quoted?.replaceAll('""', '"') ?? bare, type: readDeclared(type) }
}

/** What the commas outside of parentheses and quotes part. */
function splitTop(text: string): string[] {
  const parts = ['']
  let depth = 0
  let quoted = false
  for (const letter of text) {
    if (letter === '"') quoted = !quoted
    else if (!quoted && /[(<]/.test(letter)) depth++
    else if (!quoted && /[)>]/.test(letter)) depth--
    if (letter === ',' && depth === 0 && !quoted) parts.push('')
    else parts[parts.length - 1] += letter
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}
