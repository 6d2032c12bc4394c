import type { DuckSession } from '../../kit/node/duck.ts'
import type { Column } from '../../kit/pure/table.ts'
import type { TableRef } from '../contract.ts'
import type { SimpleRule } from '../dqdl/ast.ts'
import type { Reach, Source } from '../source.ts'
import { invalid } from './conditions.ts'
import type { Measures } from './measures.ts'
import type { Outcome } from './outcome.ts'

/** What rules of one run share. */
export interface EvaluationContext {
  readonly table: TableRef
  readonly source: Source
  /** Other tables, by the alias that rules know them by. */
  readonly aliases: Readonly<Record<string, TableRef>>
  readonly session: DuckSession
  readonly reach: Reach
  readonly measures: Measures
  /** Time of the run: what `now()` is in all of its rules. */
  readonly nowMs: number
  readonly signal: AbortSignal
  /** The other table of an alias, opened once. */
  open(alias: string): Promise<Source>
}

/** A rule asks for its measures first, and judges when they were taken. */
export type Judge = () => Outcome | Promise<Outcome>

/** A rule with its columns found and its rows chosen. */
export interface Prepared {
  readonly rule: SimpleRule
  /** The rows that the rule is about, as a SELECT. */
  readonly from: string
  readonly context: EvaluationContext
}

/** Names are told apart by their letters alone, as in the catalog. */
export function columnNamed(columns: readonly Column[], name: string): Column {
  const found = columns.find((column) => column.name.toLowerCase() === name.toLowerCase())
  if (!found) throw invalid(`Input data does not include column ${name}!`)
  return found
}
