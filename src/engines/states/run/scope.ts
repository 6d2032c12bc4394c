import { lookUp, put, type Sources } from '../asl/jsonpath.ts'
import { fillTemplate, pathOrCall } from '../asl/templates.ts'
import { type Json, type JsonObject, type QueryLanguage, type State, StateError } from '../asl/types.ts'
import { PAYLOAD_BYTES_MAX } from '../errors.ts'
import { languageOf, type Run, type Thread, type Tools } from './types.ts'

/** What a state does to data, in either language: its input, its arguments, its output and what it assigns. */
export class Scope {
  readonly language: QueryLanguage
  readonly state: State
  private readonly thread: Thread
  private readonly tools: Tools
  private readonly context: JsonObject

  constructor(run: Run, thread: Thread, state: State, tools: Tools, token?: string) {
    this.language = languageOf(run.definition, thread.place, state)
    this.state = state
    this.thread = thread
    this.tools = tools
    this.context = contextOf(run, thread, token)
  }

  /** For a Map: the context of one item. */
  withItem(index: number, value: Json): Scope {
    const scope = Object.create(this) as { context: JsonObject }
    scope.context = { ...this.context, Map: { Item: { Index: index, Value: value } } }
    return scope as unknown as Scope
  }

  /** The input after InputPath. */
  input(): Json {
    const { InputPath: path } = this.state
    if (path === undefined || this.language === 'JSONata') return this.thread.input
    return path === null ? {} : lookUp(path, 'InputPath', this.sources(this.thread.input))
  }

  /** What a Task, a Parallel or a Pass works on. */
  async arguments(): Promise<Json> {
    const { Parameters: parameters, Arguments: given } = this.state
    if (this.language === 'JSONata')
      return given === undefined ? this.thread.input : this.expression(given, 'Arguments')
    const input = this.input()
    return parameters === undefined ? input : this.template(parameters, input)
  }

  template(template: Json, input: Json): Json {
    return fillTemplate(template, this.sources(input), this.tools.random)
  }

  /** Templates of JSONata; in JSONPath, a template over the state's input. */
  async value(template: Json, field: string): Promise<Json> {
    return this.language === 'JSONata' ? this.expression(template, field) : this.template(template, this.input())
  }

  expression(template: Json, field: string, more: JsonObject = {}): Promise<Json> {
    const bindings = {
      ...this.thread.variables,
      states: { input: this.thread.input, context: this.context, ...more },
    }
    const seed = String(this.tools.random.next())
    return this.tools.jsonata.evaluate({ template, bindings, nowMs: this.tools.nowMs, seed }, field)
  }

  path(text: string, field: string): Json {
    return pathOrCall(text, field, this.sources(this.input()), this.tools.random)
  }

  sources(input: Json): Sources {
    return { input, context: this.context, variables: this.thread.variables }
  }

  /** Output and variables of a state that has a result, such as a Task's. */
  async result(result: Json): Promise<{ output: Json; assigned?: JsonObject }> {
    const { Output, Assign, ResultSelector, ResultPath } = this.state
    if (this.language === 'JSONata') {
      const output = Output === undefined ? result : await this.expression(Output, 'Output', { result })
      const assigned = Assign && ((await this.expression(Assign, 'Assign', { result })) as JsonObject)
      return { output: this.bounded(output), ...(assigned && { assigned }) }
    }
    const selected = ResultSelector === undefined ? result : this.template(ResultSelector, result)
    const assigned = Assign && (this.template(Assign, result) as JsonObject)
    return { output: this.out(this.joined(ResultPath, selected)), ...(assigned && { assigned }) }
  }

  /** Output and variables of a state without one; `chosen` is the rule of a Choice. */
  async pass(chosen: Pick<State, 'Output' | 'Assign'> = this.state): Promise<{ output: Json; assigned?: JsonObject }> {
    const { Output, Assign } = chosen
    if (this.language === 'JSONata') {
      const output = Output === undefined ? this.thread.input : await this.expression(Output, 'Output')
      const assigned = Assign && ((await this.expression(Assign, 'Assign')) as JsonObject)
      return { output: this.bounded(output), ...(assigned && { assigned }) }
    }
    const input = this.input()
    const assigned = Assign && (this.template(Assign, input) as JsonObject)
    return { output: this.out(input), ...(assigned && { assigned }) }
  }

  /** What goes on to the state that a Catch leads to. */
  async caught(
    catcher: Pick<State, 'Output' | 'Assign' | 'ResultPath'>,
    errorOutput: JsonObject,
  ): Promise<{ output: Json; assigned?: JsonObject }> {
    const { Output, Assign, ResultPath } = catcher
    if (this.language === 'JSONata') {
      const output = Output === undefined ? errorOutput : await this.expression(Output, 'Output', { errorOutput })
      const assigned = Assign && ((await this.expression(Assign, 'Assign', { errorOutput })) as JsonObject)
      return { output: this.bounded(output), ...(assigned && { assigned }) }
    }
    const assigned = Assign && (this.template(Assign, errorOutput) as JsonObject)
    return { output: this.bounded(this.joined(ResultPath, errorOutput)), ...(assigned && { assigned }) }
  }

  joined(path: string | null | undefined, value: Json): Json {
    if (path === undefined || path === '$') return value
    return path === null ? this.thread.input : put(this.thread.input, path, value)
  }

  private out(value: Json): Json {
    const { OutputPath: path } = this.state
    if (path === undefined) return this.bounded(value)
    return path === null ? {} : this.bounded(lookUp(path, 'OutputPath', this.sources(value)))
  }

  bounded(value: Json): Json {
    if (Buffer.byteLength(JSON.stringify(value)) > PAYLOAD_BYTES_MAX)
      throw new StateError(
        'States.DataLimitExceeded',
        `The state/task '${this.thread.state}' returned a result with a size exceeding the maximum number of bytes service limit.`,
      )
    return value
  }
}

const iso = (timeMs: number): string => new Date(timeMs).toISOString()

/** The context object (developer guide, "Accessing execution data from the Context object"). */
function contextOf({ execution, roleArn }: Run, thread: Thread, token: string | undefined): JsonObject {
  return {
    Execution: {
      Id: execution.arn,
      Input: JSON.parse(execution.input) as Json,
      Name: execution.name,
      RoleArn: roleArn,
      StartTime: iso(execution.startedMs),
      RedriveCount: execution.redriveCount,
      ...(execution.redrivenMs !== undefined && { RedriveTime: iso(execution.redrivenMs) }),
    },
    State: {
      Name: thread.state,
      EnteredTime: iso(thread.entered.timeMs),
      RetryCount: thread.retries.reduce((sum, tries) => sum + tries, 0),
    },
    StateMachine: { Id: execution.machineArn, Name: execution.machine },
    ...(token !== undefined && { Task: { Token: token } }),
    ...(thread.item !== undefined && { Map: { Item: { Index: thread.index!, Value: thread.item } } }),
  }
}
