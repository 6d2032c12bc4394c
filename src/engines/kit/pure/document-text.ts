import type { z } from 'zod'
import { EngineError, type ErrorPlace } from './errors.ts'
import { jsonErrorOffset } from './json-place.ts'

/** A kind of document that is kept as a JSON file with a format number. */
export interface DocumentKind<T> {
  readonly schema: z.ZodType<T>
  /** The newest format that this program knows. */
  readonly format: number
}

/** A file's text: two spaces and a line feed at the end, so that version control shows small changes as small. */
export function writeDocument(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`
}

/**
 * Reads a document's text. What is damaged is named with file, line and column, so that a person can go there: the first place where the
 * JSON breaks, or the first value that such a document may not have.
 */
export function readDocument<T>(text: string, file: string, { schema, format: known }: DocumentKind<T>): T {
  const value = parseJson(text, file)
  const format = (value as { format?: unknown } | null)?.format
  if (typeof format === 'number' && format > known)
    throw new EngineError(
      'UnsupportedFormat',
      `${file} has format ${format}; this Millrace reads up to ${known}. Open it with a newer Millrace.`,
      { at: placeOf(text, ['format'], file) },
    )
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const at = placeOf(text, issue.path, file)
  throw new EngineError(
    'InvalidDocument',
    `${file}, line ${at.line}, column ${at.column}: ${at.path ? `${at.path}: ` : ''}${issue.message}`,
    { at },
  )
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    const offset = jsonErrorOffset(text) ?? text.trimEnd().length
    const { line, column } = lineAndColumn(text, offset)
    const reason = message.replace(/ in JSON at position.*$/, '').replace(/ \(line \d+ column \d+\)$/, '')
    throw new EngineError(
      'InvalidDocument',
      `${file} is not valid JSON: line ${line}, column ${column}: ${reason}. Mend it there, or restore the file from version control.`,
      { at: { file, line, column } },
    )
  }
}

export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  return { line, column: offset - before.lastIndexOf('\n') }
}

function placeOf(
  text: string,
  path: readonly PropertyKey[],
  file: string,
): ErrorPlace & { line: number; column: number } {
  const named = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
  return { file, ...(named && { path: named }), ...lineAndColumn(text, findValue(text, path)) }
}

const SPACE = /\s*/y
const STRING = /"(?:[^"\\]|\\.)*"/y
const SCALAR = /[^\s,\]}]+/y

/** Offset of the value at a path of a text that is valid JSON; of the nearest value around it where the path leads nowhere. */
export function findValue(text: string, path: readonly PropertyKey[]): number {
  let at = 0
  const match = (pattern: RegExp): string => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0] ?? ''
    at += found.length
    return found
  }
  const skipValue = () => {
    match(SPACE)
    if (text[at] === '"') match(STRING)
    else if (text[at] === '{' || text[at] === '[') {
      for (let depth = 0; at < text.length; ) {
        if (text[at] === '"') {
          match(STRING)
          continue
        }
        if ('{['.includes(text[at])) depth++
        if ('}]'.includes(text[at])) depth--
        at++
        if (depth === 0) return
      }
    } else match(SCALAR)
  }
  const enter = (step: PropertyKey): boolean => {
    const isArray = text[at] === '['
    if (!isArray && text[at] !== '{') return false
    at++
    for (let index = 0; at < text.length; index++) {
      match(SPACE)
      if (text[at] === ']' || text[at] === '}') return false
      const key = isArray ? index : JSON.parse(match(STRING))
      if (!isArray) {
        match(SPACE)
        at++
      }
      match(SPACE)
      if (key === step) return true
      skipValue()
      match(SPACE)
      if (text[at] === ',') at++
    }
    return false
  }
  match(SPACE)
  let found = at
  for (const step of path) {
    if (!enter(step)) break
    found = at
  }
  return found
}
