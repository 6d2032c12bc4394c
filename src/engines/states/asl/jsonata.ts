import { TaskFailure, TaskThread } from '../../kit/node/task-thread.ts'
import { type Json, StateError } from './types.ts'

export interface JsonataTask {
  readonly template: Json
  /** `states`, and the variables. */
  readonly bindings: Readonly<Record<string, Json>>
  readonly nowMs: number
  readonly seed: string
}
export type JsonataOutcome = { readonly value: Json } | { readonly error: string; readonly location: string }

/** A string value that is an expression: `{% … %}`. */
export const isExpression = (text: string): boolean => text.length >= 4 && text.startsWith('{%') && text.endsWith('%}')

/** All expressions of one template together, real ms. */
const TEMPLATE_MS = 5000

/** Evaluates the expressions of templates, one template after the other, in a thread that an endless one cannot hold up for ever. */
export class Jsonata {
  private readonly thread = new TaskThread<JsonataTask, JsonataOutcome>({
    entry: threadEntry(),
    name: 'millrace-jsonata',
    memoryMiB: 128,
  })
  private last: Promise<unknown> = Promise.resolve()

  /** Throws StateError with States.QueryEvaluationError; `field` is the state's field that has the template. */
  evaluate(task: JsonataTask, field: string): Promise<Json> {
    if (!hasExpression(task.template)) return Promise.resolve(task.template)
    const turn = this.last.then(() => this.run(task, field))
    this.last = turn.catch(() => {})
    return turn
  }

  stop(): Promise<void> {
    return this.thread.stop()
  }

  private async run(task: JsonataTask, field: string): Promise<Json> {
    let outcome: JsonataOutcome
    try {
      outcome = await this.thread.run(task, TEMPLATE_MS)
    } catch (thrown) {
      if (!(thrown instanceof TaskFailure) || thrown.reason === 'stopped') throw thrown
      outcome = { error: `The JSONata expression took too much time or memory: ${thrown.message}`, location: '' }
    }
    if ('value' in outcome) return outcome.value
    throw new StateError('States.QueryEvaluationError', `${outcome.error} (field '${field}${outcome.location}')`)
  }
}

function hasExpression(template: Json): boolean {
  if (typeof template === 'string') return isExpression(template)
  return typeof template === 'object' && template !== null && Object.values(template).some(hasExpression)
}

/** Beside this file's bundle when built; in its own room when the sources run as they are. */
function threadEntry(): URL {
  return import.meta.url.endsWith('.ts')
    ? new URL('./jsonata-thread.ts', import.meta.url)
    : new URL('./jsonata-thread.js', import.meta.url)
}
