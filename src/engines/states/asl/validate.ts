import { jsonErrorOffset } from '../../kit/pure/json-place.ts'
import type { Diagnostic, MachineType } from '../contract.ts'
import { DEFINITION_BYTES_MAX } from '../errors.ts'
import { comparisons, OPERATORS, operatorOf, timestampOf } from './choice.ts'
import { checkDistributed } from './distributed.ts'
import { fieldsOf, READ_PATHS, REFERENCE_PATHS, REQUIRED, TEMPLATES } from './fields.ts'
import { parseCall } from './intrinsics.ts'
import { isExpression } from './jsonata.ts'
import { parsePath } from './jsonpath.ts'
import { isCall } from './templates.ts'
import { isObject, type MachineDefinition, type QueryLanguage, STATE_TYPES, type StateType } from './types.ts'

type Node = Record<string, unknown>

/** A Task of a definition, so that its resource can be looked up where that takes asking. */
export interface FoundTask {
  readonly resource: string
  /** Names of its Parameters or Arguments, where they are written out. */
  readonly parameters: readonly string[] | undefined
  readonly location: string
  readonly express: boolean
}

const DEPTH_MAX = 20
const NAME_MAX = 80

/** What is wrong with a definition, in the words of ValidateStateMachineDefinition, and the Tasks in it. */
export class Validation {
  readonly diagnostics: Diagnostic[] = []
  readonly tasks: FoundTask[] = []
  private readonly names = new Set<string>()
  /** Whether the states being read are run by an EXPRESS execution. */
  private express: boolean

  constructor(text: string, type: MachineType = 'STANDARD') {
    this.express = type === 'EXPRESS'
    this.read(text)
  }

  private read(text: string) {
    if (text.trim() === '') return this.error('MISSING_DESCRIPTION', 'The state machine definition is empty', '')
    if (Buffer.byteLength(text) > DEFINITION_BYTES_MAX) return this.schema('The definition is larger than 1 MB', '')
    let definition: unknown
    try {
      definition = JSON.parse(text)
    } catch {
      const before = text.slice(0, jsonErrorOffset(text) ?? text.length).split('\n')
      const place = `line: ${before.length}, column: ${before.at(-1)!.length + 1}`
      return this.error('INVALID_JSON_DESCRIPTION', `The definition is not JSON at [Source: (String); ${place}]`, '')
    }
    this.machine(definition, '', 'JSONPath', 0)
  }

  error(code: string, message: string, location: string) {
    this.diagnostics.push({ severity: 'ERROR', code, message, ...(location !== '' && { location }) })
  }

  private schema(message: string, location: string) {
    this.error('SCHEMA_VALIDATION_FAILED', message, location)
  }

  private machine(node: unknown, at: string, outer: QueryLanguage, depth: number) {
    if (!isObject(node)) return this.schema('A state machine is an object', at)
    if (depth > DEPTH_MAX) return this.error('TOO_DEEPLY_NESTED', 'The states are too deeply nested', at)
    const inner = at !== ''
    const known = [
      'Comment',
      'StartAt',
      'States',
      'QueryLanguage',
      ...(inner ? ['ProcessorConfig'] : ['Version', 'TimeoutSeconds']),
    ]
    for (const name of Object.keys(node))
      if (!known.includes(name)) this.schema(`Field '${name}' is not supported`, `${at}/${name}`)
    const language = this.language(node, at, outer)
    if (!inner && node.TimeoutSeconds !== undefined) this.whole(node.TimeoutSeconds, `${at}/TimeoutSeconds`, 1)
    const { States: states, StartAt: start } = node
    if (typeof start !== 'string') this.schema("The field 'StartAt' is required but was missing", `${at}/StartAt`)
    if (!isObject(states) || Object.keys(states).length === 0)
      return this.schema("The field 'States' is required and has at least one state", `${at}/States`)
    if (typeof start === 'string') this.target(start, states, `${at}/StartAt`)
    for (const [name, state] of Object.entries(states)) {
      const place = `${at}/States/${escaped(name)}`
      if (name.length > NAME_MAX || name === '')
        this.error('INVALID_STATE_NAME', `A state's name has 1 to ${NAME_MAX} characters`, place)
      if (this.names.has(name)) this.error('DUPLICATE_STATE_NAME', `Duplicate state name '${name}'`, place)
      this.names.add(name)
      this.state(state, place, language, states, depth)
    }
    const ends = Object.values(states as Node).some(
      (state) => isObject(state) && (state.End === true || state.Type === 'Succeed' || state.Type === 'Fail'),
    )
    if (!ends) this.error('MISSING_END_STATE', 'The workflow does not have a terminal state', `${at}/States`)
  }

  private language(node: Node, at: string, outer: QueryLanguage): QueryLanguage {
    const { QueryLanguage: given = outer } = node
    if (given === 'JSONPath' && outer === 'JSONata')
      this.schema("'QueryLanguage' can not be 'JSONPath' within 'JSONata'", `${at}/QueryLanguage`)
    if (given === 'JSONPath' || given === 'JSONata') return given
    this.schema("'QueryLanguage' is 'JSONPath' or 'JSONata'", `${at}/QueryLanguage`)
    return outer
  }

  private target(name: unknown, states: Node, at: string) {
    if (typeof name !== 'string' || !Object.hasOwn(states, name))
      this.error('MISSING_TRANSITION_TARGET', `Missing 'Next' target: ${name}`, at)
  }

  private state(node: unknown, at: string, outer: QueryLanguage, states: Node, depth: number) {
    if (!isObject(node)) return this.schema('A state is an object', at)
    const type = node.Type as StateType
    if (!STATE_TYPES.includes(type))
      return this.schema(`The value of 'Type' is one of ${STATE_TYPES.join(', ')}`, `${at}/Type`)
    const language = this.language(node, at, outer)
    const known = fieldsOf(type, language)
    for (const name of Object.keys(node)) {
      if (name === 'Credentials') this.schema('Millrace does not support Credentials', `${at}/${name}`)
      else if (!known.includes(name))
        this.schema(`Field '${name}' is not supported by a ${type} state in ${language}`, `${at}/${name}`)
    }
    for (const name of REQUIRED[type])
      if (node[name] === undefined) this.schema(`The field '${name}' is required but was missing`, `${at}/${name}`)
    if (known.includes('Next')) {
      if ((node.Next === undefined) === (node.End !== true))
        this.schema("A state has one of 'Next' and 'End'", `${at}/Next`)
      if (node.Next !== undefined) this.target(node.Next, states, `${at}/Next`)
    }
    this.expressions(node, at, language)
    this.errors(node, at, language, states)
    this[type](node, at, language, states, depth)
  }

  private expressions(node: Node, at: string, language: QueryLanguage) {
    if (language === 'JSONata') return
    for (const name of REFERENCE_PATHS) if (node[name] != null) this.path(node[name], `${at}/${name}`, true)
    for (const name of READ_PATHS) if (node[name] != null) this.path(node[name], `${at}/${name}`)
    for (const name of TEMPLATES) if (node[name] !== undefined) this.template(node[name], `${at}/${name}`)
    for (const name of ['ErrorPath', 'CausePath'])
      if (node[name] !== undefined) this.pathOrCall(node[name], `${at}/${name}`)
  }

  private path(value: unknown, at: string, reference = false) {
    try {
      const { definite, root } = parsePath(value as string)
      if (!reference) return
      if (!definite || root !== '$') this.schema('The value is not a valid Reference Path', at)
    } catch {
      this.schema('The value is not a valid JSONPath', at)
    }
  }

  private pathOrCall(value: unknown, at: string) {
    if (typeof value !== 'string' || !isCall(value)) return this.path(value, at)
    try {
      parseCall(value)
    } catch (thrown) {
      this.schema((thrown as Error).message, at)
    }
  }

  private template(value: unknown, at: string) {
    if (typeof value !== 'object' || value === null) return
    for (const [name, inner] of Object.entries(value)) {
      const place = `${at}/${escaped(name)}`
      if (name.endsWith('.$')) this.pathOrCall(inner, place)
      else if (typeof inner === 'string' && /^\$[.[$]|^States\.[A-Z]\w*\(/.test(inner))
        this.diagnostics.push({
          severity: 'WARNING',
          code: 'NO_DOLLAR',
          message:
            'The value looks like a JSONPath or an intrinsic function, and the name of its field does not end with .$',
          location: place,
        })
      else this.template(inner, place)
    }
  }

  private errors(node: Node, at: string, language: QueryLanguage, states: Node) {
    for (const kind of ['Retry', 'Catch'] as const) {
      const all = node[kind]
      if (all === undefined) continue
      if (!Array.isArray(all)) {
        this.schema(`'${kind}' is an array`, `${at}/${kind}`)
        continue
      }
      for (const [index, each] of all.entries()) {
        const place = `${at}/${kind}/${index}`
        const names = isObject(each) ? each.ErrorEquals : undefined
        if (!isObject(each) || !Array.isArray(names) || names.length === 0) {
          this.schema("The field 'ErrorEquals' is required and has at least one name", `${place}/ErrorEquals`)
          continue
        }
        for (const wide of ['States.ALL', 'States.TaskFailed'])
          if (names.includes(wide) && names.length > 1)
            this.schema(`'${wide}' is alone in its ErrorEquals`, `${place}/ErrorEquals`)
        if (names.includes('States.ALL') && index < all.length - 1)
          this.schema("'States.ALL' is in the last of them", `${place}/ErrorEquals`)
        if (kind === 'Retry') this.retrier(each, place)
        else this.catcher(each, place, language, states)
      }
    }
  }

  private retrier(node: Node, at: string) {
    const { IntervalSeconds, MaxAttempts, BackoffRate, MaxDelaySeconds, JitterStrategy, ErrorEquals: _, ...rest } = node
    const { Comment: __, ...unknown } = rest
    for (const name of Object.keys(unknown)) this.schema(`Field '${name}' is not supported`, `${at}/${name}`)
    if (IntervalSeconds !== undefined) this.whole(IntervalSeconds, `${at}/IntervalSeconds`, 1)
    if (MaxAttempts !== undefined) this.whole(MaxAttempts, `${at}/MaxAttempts`, 0)
    if (MaxDelaySeconds !== undefined) this.whole(MaxDelaySeconds, `${at}/MaxDelaySeconds`, 1, 31_622_400)
    if (MaxDelaySeconds !== undefined && (MaxDelaySeconds as number) <= ((IntervalSeconds as number) ?? 1))
      this.schema("'MaxDelaySeconds' is greater than 'IntervalSeconds'", `${at}/MaxDelaySeconds`)
    if (BackoffRate !== undefined && !(typeof BackoffRate === 'number' && BackoffRate >= 1))
      this.schema("'BackoffRate' is a number of 1.0 or more", `${at}/BackoffRate`)
    if (JitterStrategy !== undefined && JitterStrategy !== 'FULL' && JitterStrategy !== 'NONE')
      this.schema("'JitterStrategy' is 'FULL' or 'NONE'", `${at}/JitterStrategy`)
  }

  private catcher(node: Node, at: string, language: QueryLanguage, states: Node) {
    const known = ['ErrorEquals', 'Next', 'Comment', 'Assign', language === 'JSONata' ? 'Output' : 'ResultPath']
    for (const name of Object.keys(node))
      if (!known.includes(name)) this.schema(`Field '${name}' is not supported`, `${at}/${name}`)
    this.target(node.Next, states, `${at}/Next`)
    if (language === 'JSONata') return
    if (node.ResultPath != null) this.path(node.ResultPath, `${at}/ResultPath`, true)
    if (node.Assign !== undefined) this.template(node.Assign, `${at}/Assign`)
  }

  private whole(value: unknown, at: string, min: number, max = 99_999_999) {
    if (!Number.isInteger(value) || (value as number) < min || (value as number) > max)
      this.schema(`Value is not valid: an integer from ${min} to ${max} is wanted`, at)
  }

  /** A number, or in JSONata an expression of one. */
  private seconds(value: unknown, at: string, language: QueryLanguage, min = 1) {
    if (language === 'JSONata' && typeof value === 'string' && isExpression(value)) return
    this.whole(value, at, min)
  }

  private Task(node: Node, at: string, language: QueryLanguage) {
    const { Resource: resource, TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = node
    if (timeout !== undefined) this.seconds(timeout, `${at}/TimeoutSeconds`, language)
    if (heartbeat !== undefined) this.seconds(heartbeat, `${at}/HeartbeatSeconds`, language)
    if (typeof timeout === 'number' && typeof heartbeat === 'number' && heartbeat >= timeout)
      this.schema("'HeartbeatSeconds' is smaller than 'TimeoutSeconds'", `${at}/HeartbeatSeconds`)
    const field = language === 'JSONata' ? 'Arguments' : 'Parameters'
    const given = node[field]
    if (typeof resource === 'string')
      this.tasks.push({
        resource,
        location: at,
        express: this.express,
        parameters: isObject(given) ? Object.keys(given).map((name) => name.replace(/\.\$$/, '')) : undefined,
      })
  }

  private Pass(node: Node, at: string) {
    const { Result: result } = node
    if (isObject(result) && Object.keys(result).some((name) => name.endsWith('.$')))
      this.diagnostics.push({
        severity: 'WARNING',
        code: 'PASS_RESULT_IS_STATIC',
        message: 'The Result of a Pass state is taken as it is; paths belong into Parameters',
        location: `${at}/Result`,
      })
  }

  private Choice(node: Node, at: string, language: QueryLanguage, states: Node) {
    if (node.Default !== undefined) this.target(node.Default, states, `${at}/Default`)
    if (!Array.isArray(node.Choices) || node.Choices.length === 0)
      return this.schema("'Choices' is an array with at least one rule", `${at}/Choices`)
    for (const [index, rule] of node.Choices.entries()) {
      const place = `${at}/Choices/${index}`
      if (!isObject(rule)) {
        this.schema('A rule is an object', place)
        continue
      }
      this.target(rule.Next, states, `${place}/Next`)
      if (language === 'JSONata') {
        if (rule.Condition === undefined) this.schema("The field 'Condition' is required but was missing", place)
        continue
      }
      if (rule.Assign !== undefined) this.template(rule.Assign, `${place}/Assign`)
      for (const { rule: test, at: within } of comparisons(rule)) this.comparison(test, `${place}${within}`)
    }
  }

  private comparison(test: Node, at: string) {
    const found = Object.keys(test).filter((name) => operatorOf(name) !== undefined)
    const strange = Object.keys(test).filter(
      (name) => !['Variable', 'Next', 'Comment', 'Assign'].includes(name) && operatorOf(name) === undefined,
    )
    for (const name of strange) this.schema(`Field '${name}' is not supported`, `${at}/${name}`)
    if (typeof test.Variable !== 'string') this.schema("The field 'Variable' is required but was missing", at)
    else this.path(test.Variable, `${at}/Variable`)
    if (found.length !== 1) return this.schema('A rule has exactly one comparison operator', at)
    const [field] = found
    const { operator, path } = operatorOf(field)!
    const value = test[field]
    if (path) return this.path(value, `${at}/${field}`)
    const wanted = OPERATORS.get(operator)!
    const fits = wanted === 'timestamp' ? timestampOf(value) !== undefined : typeof value === wanted
    if (!fits) this.schema(`The value of '${field}' is a ${wanted}`, `${at}/${field}`)
  }

  private Wait(node: Node, at: string, language: QueryLanguage) {
    const forms = ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'].filter((name) => node[name] !== undefined)
    if (forms.length !== 1)
      return this.schema("A Wait has one of 'Seconds', 'SecondsPath', 'Timestamp' and 'TimestampPath'", at)
    if (node.Seconds !== undefined) this.seconds(node.Seconds, `${at}/Seconds`, language, 0)
    const { Timestamp: time } = node
    const expression = language === 'JSONata' && typeof time === 'string' && isExpression(time)
    if (time !== undefined && !expression && timestampOf(time) === undefined)
      this.schema('The value is not a valid timestamp of RFC 3339', `${at}/Timestamp`)
  }

  private Succeed() {}

  private Fail(node: Node, at: string) {
    for (const name of ['Error', 'Cause'])
      if (node[name] !== undefined && node[`${name}Path`] !== undefined)
        this.schema(`A Fail has one of '${name}' and '${name}Path'`, `${at}/${name}`)
  }

  private Parallel(node: Node, at: string, language: QueryLanguage, _states: Node, depth: number) {
    if (!Array.isArray(node.Branches)) return this.schema("'Branches' is an array", `${at}/Branches`)
    for (const [index, branch] of node.Branches.entries())
      this.machine(branch, `${at}/Branches/${index}`, language, depth + 1)
  }

  private Map(node: Node, at: string, language: QueryLanguage, _states: Node, depth: number) {
    const field = node.ItemProcessor === undefined && language === 'JSONPath' ? 'Iterator' : 'ItemProcessor'
    if (node[field] === undefined)
      return this.schema("The field 'ItemProcessor' is required but was missing", `${at}/ItemProcessor`)
    if (node.MaxConcurrency !== undefined) this.seconds(node.MaxConcurrency, `${at}/MaxConcurrency`, language, 0)
    const processor: Node = isObject(node[field]) ? node[field] : {}
    const argumentsField = language === 'JSONata' ? 'Arguments' : 'Parameters'
    checkDistributed(node, at, processor, argumentsField, (message, place) => this.schema(message, place))
    const { express } = this
    const { Mode, ExecutionType } = isObject(processor.ProcessorConfig) ? processor.ProcessorConfig : {}
    if (Mode === 'DISTRIBUTED') {
      if (express) this.schema('An Express state machine has no Map in the Mode DISTRIBUTED', at)
      this.express = ExecutionType === 'EXPRESS'
    }
    this.machine(node[field], `${at}/${field}`, language, depth + 1)
    this.express = express
  }
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

/** A definition that was found valid. */
export const parseDefinition = (text: string): MachineDefinition => JSON.parse(text) as MachineDefinition
