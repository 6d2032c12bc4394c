import type { EngineError } from './errors.ts'
import { GROK_PATTERNS } from './grok-patterns.ts'

const DEPTH_MAX = 50
const LENGTH_MAX = 100_000

/** A grok pattern as an expression whose groups are its fields, in the order in which they open. */
export interface ExpandedGrok {
  readonly source: string
  /** Names in small letters. */
  readonly fields: readonly { readonly name: string; readonly type?: string }[]
}

/**
 * Takes `%{SYNTAX:name:type}` apart (AWS Glue Developer Guide, "Writing grok custom classifiers"). `custom` has a pattern a line: its name, a
 * space, the expression. `invalid` words what is wrong. Groups of the patterns' own are no fields, nor is a name that comes again.
 */
export function expandGrok(pattern: string, custom: string, invalid: (message: string) => EngineError): ExpandedGrok {
  const known = { ...GROK_PATTERNS, ...customPatterns(custom, invalid) }
  const fields: { name: string; type?: string }[] = []
  const expand = (text: string, depth: number): string => {
    if (depth > DEPTH_MAX) throw invalid(`The grok pattern ${pattern} names itself.`)
    return uncaptured(text).replace(
      /%\{(\w+)(?::([\w@.[\]-]+))?(?::(\w+))?\}/g,
      (_, syntax: string, given?: string, type?: string) => {
        const source = known[syntax]
        if (source === undefined) throw invalid(`The grok pattern ${syntax} is not known.`)
        const name = given?.toLowerCase()
        const isField = name !== undefined && !fields.some((field) => field.name === name)
        if (isField) fields.push({ name, ...(type !== undefined && { type }) })
        return `${isField ? '(' : '(?:'}${expand(source, depth + 1)})`
      },
    )
  }
  const source = expand(pattern, 0)
  if (source.length > LENGTH_MAX) throw invalid('The grok pattern is too long.')
  return { source, fields }
}

/** Atomic groups are an optimisation of engines that have them. */
function uncaptured(source: string): string {
  return source
    .replaceAll('(?>', '(?:')
    .replace(/\\.|\[(?:\\.|[^\]\\])*\]|\((?!\?)|\(\?P?<(?![=!])\w+>/gs, (part) => (part.startsWith('(') ? '(?:' : part))
}

function customPatterns(text: string, invalid: (message: string) => EngineError): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, expression] = /^\s*(\w+)\s+(.+?)\s*$/.exec(line) ?? []
      if (name === undefined) throw invalid(`The custom pattern "${line}" is not a name and an expression.`)
      return [name, expression]
    }),
  )
}
