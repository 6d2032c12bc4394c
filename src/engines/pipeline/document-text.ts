import { EngineError, type ErrorPlace } from '../kit/pure/errors.ts'
import { jsonErrorOffset } from '../kit/pure/json-place.ts'
import { PIPELINE_FORMAT, PipelineDocument } from './document.ts'

/**
 * Reads the text of a pipeline file. What is damaged is named with file, line and column, so that a person can go there: the first
 * place where the JSON breaks, or the first value that a pipeline may not have.
 */
export function parsePipeline(text: string, file: string): PipelineDocument {
  const value = parseJson(text, file)
  const format = (value as { format?: unknown } | null)?.format
  if (typeof format === 'number' && format > PIPELINE_FORMAT)
    throw new EngineError(
      'UnsupportedFormat',
      `${file} has format ${format}; this Millrace reads up to ${PIPELINE_FORMAT}. Open it with a newer Millrace.`,
      { at: placeOf(text, ['format'], file) },
    )
  const parsed = PipelineDocument.safeParse(value)
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
      `${file} is not valid JSON: line ${line}, column ${column}: ${reason}. Mend it there, or restore the file from git.`,
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
