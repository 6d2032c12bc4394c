import type { EngineContext } from '../kit/node/engine.ts'
import type { Jsonata } from './asl/jsonata.ts'
import { isObject, type Json, type JsonObject, type State, StateError } from './asl/types.ts'
import type { Diagnostic, TestedState, TestStateInput } from './contract.ts'
import { executionArn, fail, machineArn } from './errors.ts'
import type { Integrations } from './integrations/integrations.ts'
import { resourceOf } from './integrations/resource.ts'
import { advance } from './run/model.ts'
import { catches, delayAfter } from './run/retry.ts'
import { Scope } from './run/scope.ts'
import type { Run, TaskPhase, Tools } from './run/types.ts'

export interface TestStateParts {
  readonly context: Pick<EngineContext<unknown>, 'clock' | 'random'>
  readonly integrations: Integrations
  readonly jsonata: Jsonata
  readonly validate: (definition: string) => Promise<Diagnostic[]>
}

const NAME = 'State'

/** Runs one state as an execution would, with a Task's real request; nothing of it is kept (Step Functions API reference, "TestState"). */
export async function testState(
  parts: TestStateParts,
  asked: TestStateInput,
  signal: AbortSignal,
): Promise<TestedState> {
  const { name, state, language } = stateOf(asked)
  const { Retry, Catch, ...bare } = state
  const around = (given: object) =>
    JSON.stringify({ QueryLanguage: language, StartAt: name, States: { ...stubs(state, name), [name]: given } })
  const [wrong] = (await parts.validate(around(state))).filter(({ severity }) => severity === 'ERROR')
  if (wrong) throw fail('InvalidDefinition', `Invalid State Machine Definition: '${wrong.code}: ${wrong.message}'`)
  requireTestable(state)

  const { context, jsonata } = parts
  const tools: Tools = { nowMs: context.clock.now(), random: context.random, jsonata }
  const run = runOf(around(bare), asked, tools.nowMs)
  const events = [...run.events]
  const step = async (happened: Parameters<typeof advance>[1]) => {
    const effects = await advance(run, happened, { ...tools, nowMs: context.clock.now() })
    events.push(...run.events.splice(0))
    return effects
  }
  const [effect] = await step({ kind: 'start', variables: JSON.parse(asked.variables) as JsonObject })
  const input = JSON.parse(asked.input) as Json
  const scope = new Scope(run, { ...firstThread(name, input), variables: JSON.parse(asked.variables) }, state, tools)
  let result: Json | undefined = state.Result
  if (effect?.kind === 'request') {
    result = await request(parts, effect.task, step, signal)
  } else {
    const waiting = [...run.threads.values()].find(({ phase }) => phase.kind === 'wait')
    if (waiting?.phase.kind === 'wait') {
      const { untilMs } = waiting.phase
      await context.clock.task((clock) => clock.sleepUntil(untilMs, signal))
      await step({ kind: 'due' })
    }
  }

  const inspection = await inspect(scope, input, result)
  const { status, error, cause } = run.execution
  if (status === 'SUCCEEDED') {
    const exited = events.find(({ type }) => type === `${state.Type}StateExited`)!.details
    const next = events.filter(({ type }) => type.endsWith('StateEntered'))[1]?.details.name
    const variables = exited.assignedVariables as Record<string, string> | undefined
    const assigned =
      variables && Object.fromEntries(Object.entries(variables).map(([of, text]) => [of, JSON.parse(text)]))
    return {
      status: 'SUCCEEDED',
      output: exited.output as string,
      ...(next !== undefined && { nextState: next as string }),
      inspection: { ...inspection, ...(assigned && { variables: JSON.stringify(assigned) }) },
    }
  }
  const failure = new StateError(error ?? '', cause ?? '')
  const told = { error: failure.error, cause: failure.why, inspection }
  const retryIndex = Retry?.findIndex((each) => catches(each, failure.error)) ?? -1
  const delayMs = retryIndex < 0 ? undefined : delayAfter(Retry![retryIndex], asked.retries, tools.random)
  if (delayMs !== undefined)
    return { status: 'RETRIABLE', ...told, details: { retryIndex, retryBackoffIntervalSeconds: delayMs / 1000 } }
  const catchIndex = Catch?.findIndex((each) => catches(each, failure.error)) ?? -1
  if (catchIndex < 0) return { status: 'FAILED', ...told }
  const catcher = Catch![catchIndex]
  const { output } = await scope.caught(catcher, { Error: failure.error, Cause: failure.why })
  return {
    status: 'CAUGHT_ERROR',
    ...told,
    output: JSON.stringify(output),
    nextState: catcher.Next,
    details: { catchIndex },
  }
}

function stateOf({ definition, stateName }: TestStateInput): { name: string; state: State; language: string } {
  let given: unknown
  try {
    given = JSON.parse(definition)
  } catch {
    throw fail('InvalidDefinition', "Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION'", 'definition')
  }
  if (!isObject(given)) throw fail('InvalidDefinition', 'The definition is an object.', 'definition')
  const { States: states, QueryLanguage: language = 'JSONPath' } = given
  const state = isObject(states) ? states[stateName ?? ''] : given
  if (!isObject(state)) throw fail('ValidationException', `There is no state '${stateName}'.`, 'stateName')
  return { name: stateName ?? NAME, state: state as unknown as State, language: String(language) }
}

/** States to which the one that is tested goes on: each takes what it is given, and ends. */
function stubs({ Next, Default, Choices = [], Catch = [] }: State, name: string): Record<string, object> {
  const rules = Array.isArray(Choices) ? Choices : []
  const names = [Next, Default, ...[...rules, ...Catch].map((rule) => rule?.Next)]
  return Object.fromEntries(
    names.filter((each) => each !== undefined && each !== name).map((each) => [each, { Type: 'Succeed' }]),
  )
}

function requireTestable({ Type, Resource }: State): void {
  const resource = Resource === undefined ? undefined : resourceOf(Resource)
  const waits = resource?.kind === 'activity' || (resource?.kind === 'service' && resource.pattern !== 'request')
  if (Type === 'Map' || Type === 'Parallel') throw fail('ValidationException', `Millrace does not test ${Type} states.`)
  if (waits) throw fail('ValidationException', `TestState does not support the resource ${Resource}.`)
}

const firstThread = (state: string, input: Json) => ({
  id: 0,
  place: [],
  state,
  input,
  variables: {},
  phase: { kind: 'ready' as const },
  entered: { id: 0, timeMs: 0 },
  last: 0,
  retries: [],
})

function runOf(definition: string, { input, roleArn }: TestStateInput, nowMs: number): Run {
  return {
    execution: {
      arn: executionArn('TestState', 'test', false),
      name: 'test',
      machine: 'TestState',
      machineArn: machineArn('TestState'),
      type: 'STANDARD',
      status: 'RUNNING',
      startedMs: nowMs,
      input,
      redriveCount: 0,
      events: 0,
    },
    definition: JSON.parse(definition),
    roleArn,
    threads: new Map(),
    nextThread: 0,
    changed: new Set(),
    events: [],
  }
}

type Step = (signal: Parameters<typeof advance>[1]) => ReturnType<typeof advance>

async function request({ integrations }: TestStateParts, task: TaskPhase, step: Step, signal: AbortSignal) {
  const { token } = task
  try {
    const output = await integrations.request(task, signal)
    await step({ kind: 'succeeded', token, output })
    return output
  } catch (thrown) {
    if (!(thrown instanceof StateError)) throw thrown
    await step({ kind: 'failed', token, error: thrown.error, cause: thrown.why })
    return undefined
  }
}

/** What stands between the steps from input to output, as far as they can be gone. */
async function inspect(scope: Scope, input: Json, result: Json | undefined): Promise<Record<string, string>> {
  const { state, language } = scope
  const found: Record<string, string> = { input: JSON.stringify(input) }
  const note = async (name: string, value: () => Json | Promise<Json>) => {
    try {
      found[name] = JSON.stringify(await value())
    } catch (thrown) {
      if (!(thrown instanceof StateError)) throw thrown
    }
  }
  if (language === 'JSONata') {
    if (state.Arguments !== undefined) await note('afterArguments', () => scope.arguments())
  } else {
    await note('afterInputPath', () => scope.input())
    if (state.Type === 'Task' || state.Type === 'Pass') await note('afterParameters', () => scope.arguments())
  }
  if (result === undefined) return found
  await note('result', () => result)
  if (language === 'JSONata') return found
  const selected = state.ResultSelector === undefined ? result : scope.template(state.ResultSelector, result)
  await note('afterResultSelector', () => selected)
  await note('afterResultPath', () => scope.joined(state.ResultPath, selected))
  return found
}
