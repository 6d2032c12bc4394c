import { EngineError, type ErrorPlace } from '../kit/pure/errors.ts'
import { nearest } from '../kit/pure/nearest.ts'
import type { Ruleset, TableRef } from './contract.ts'
import { type SimpleRule, simpleRules } from './dqdl/ast.ts'
import { parseRuleset } from './dqdl/parse.ts'
import { RULE_TYPES } from './dqdl/rule-types.ts'
import { aliasOf } from './evaluate/references.ts'
import type { QualityStore } from './store.ts'

/** "The ruleset should be ≤ 65536 characters" (Glue API, "CreateDataQualityRuleset"). */
const TEXT_MAX = 65_536

/** A new ruleset. Throws `AlreadyExistsException`, or `InvalidInputException` where its text does not stand. */
export function checkedRuleset(
  input: { name: string; text: string; description?: string | undefined; table?: TableRef | undefined },
  store: QualityStore,
  nowMs: number,
): Ruleset {
  const { name, text, description, table } = input
  if (name === '' || name.length > 255) throw invalid('The name must be between 1 and 255 characters long.')
  if (store.ruleset(name))
    throw new EngineError('AlreadyExistsException', `A data quality ruleset ${name} already exists.`)
  return {
    name,
    text,
    ruleCount: countOf(text),
    createdMs: nowMs,
    updatedMs: nowMs,
    ...(description !== undefined && { description }),
    ...(table && { table }),
  }
}

export function updatedRuleset(
  old: Ruleset,
  { text = old.text, description = old.description }: { text?: string | undefined; description?: string | undefined },
  nowMs: number,
): Ruleset {
  const changed = { ...old, text, ruleCount: countOf(text), updatedMs: nowMs }
  return description === undefined ? changed : { ...changed, description }
}

function countOf(text: string): number {
  if (text.length > TEXT_MAX) throw invalid(`The ruleset is longer than ${TEXT_MAX} characters.`)
  const { rules, analyzers } = parseRuleset(text)
  return rules.length + analyzers.length
}

export interface Problem {
  message: string
  at: ErrorPlace
}

/** What is wrong with a text, as far as it can be told without reading the table. `columns` are those of the table, where it is known. */
export function checkText(
  text: string,
  columns: readonly string[] | undefined,
): { problems: Problem[]; ruleCount: number; aliases: string[] } {
  try {
    const { rules, analyzers } = parseRuleset(text)
    const simple = [...rules.flatMap(simpleRules), ...analyzers]
    return {
      problems: columns ? simple.flatMap((rule) => unknownColumns(rule, columns)) : [],
      ruleCount: rules.length + analyzers.length,
      aliases: [...new Set(simple.flatMap((rule) => aliasOf(rule) ?? []))],
    }
  } catch (thrown) {
    const { message, at, domain } = EngineError.from(thrown)
    if (domain !== 'user' || !at) throw thrown
    return { problems: [{ message: message.replace(/^line \d+:\d+: /, ''), at }], ruleCount: 0, aliases: [] }
  }
}

function unknownColumns(rule: SimpleRule, columns: readonly string[]): Problem[] {
  if (rule.type === 'ColumnExists') return []
  const known = new Set(columns.map((name) => name.toLowerCase()))
  const names: readonly string[] = RULE_TYPES[rule.type].parameters
  return rule.parameters
    .filter(
      (parameter, i) => names[Math.min(i, names.length - 1)] === 'column' && !known.has(parameter.text.toLowerCase()),
    )
    .map(({ text, at }) => {
      const near = nearest(text, columns)
      return {
        message: `The table has no column "${text}"${near === undefined ? '' : `. Did you mean "${near}"?`}`,
        at,
      }
    })
}

export function invalid(message: string): EngineError {
  return new EngineError('InvalidInputException', message)
}
