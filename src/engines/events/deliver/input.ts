import type { Target } from '../contract.ts'
import { invalid } from '../errors.ts'

/** What a template may name beside its own paths. */
interface Reserved {
  readonly ruleArn: string
  readonly ruleName: string
  readonly ingestionMs: number
}

const NAME = /<([A-Za-z0-9_.-]+)>/g
const RESERVED = [
  'aws.events.rule-arn',
  'aws.events.rule-name',
  'aws.events.event',
  'aws.events.event.json',
  'aws.events.event.ingestion-time',
]

/** Refuses a target whose input could not be made of any event. */
export function checkInput({ id, input, inputPath, transformer }: Target): void {
  if ([input, inputPath, transformer].filter((each) => each !== undefined).length > 1)
    throw invalid(`Only one of Input, InputPath, or InputTransformer must be provided for target ${id}.`, 'Targets')
  if (input !== undefined) requireJson(input, id)
  if (inputPath !== undefined) readPath(inputPath)
  if (!transformer) return
  for (const path of Object.values(transformer.paths)) readPath(path)
  const strange = [...transformer.template.matchAll(NAME)].find(
    ([, name]) => !Object.hasOwn(transformer.paths, name) && !RESERVED.includes(name),
  )
  if (strange)
    throw invalid(
      `Invalid InputTemplate for target ${id} : [Placeholder ${strange[1]} is not in the InputPathsMap.]`,
      'Targets',
    )
}

function requireJson(text: string, id: string): void {
  try {
    JSON.parse(text)
  } catch {
    throw invalid(`JSON syntax error in input for target ${id}.`, 'Targets')
  }
}

/** The text that a target gets for an event (EventBridge user guide, "Input transformation"). */
export function inputOf({ input, inputPath, transformer }: Target, event: string, reserved: Reserved): string {
  if (input !== undefined) return input
  if (inputPath !== undefined) {
    const found = readPath(inputPath)(JSON.parse(event))
    return found === undefined ? '{}' : JSON.stringify(found)
  }
  if (!transformer) return event
  const parsed: unknown = JSON.parse(event)
  const values = new Map<string, unknown>([
    ['aws.events.rule-arn', reserved.ruleArn],
    ['aws.events.rule-name', reserved.ruleName],
    ['aws.events.event', withoutDetail(parsed)],
    ['aws.events.event.json', parsed],
    ['aws.events.event.ingestion-time', new Date(reserved.ingestionMs).toISOString()],
  ])
  for (const [name, path] of Object.entries(transformer.paths)) values.set(name, readPath(path)(parsed))
  return fill(transformer.template, values)
}

const withoutDetail = (event: unknown) => {
  const { detail: _, ...rest } = event as Record<string, unknown>
  return rest
}

/** Within quotation marks a value is written as text, elsewhere as JSON; what the event does not have is an empty text. */
function fill(template: string, values: ReadonlyMap<string, unknown>): string {
  let quoted = false
  let made = ''
  let from = 0
  for (const place of template.matchAll(NAME)) {
    const before = template.slice(from, place.index)
    quoted = quotedAfter(before, quoted)
    made += before + written(values.get(place[1]) ?? '', quoted)
    from = place.index + place[0].length
  }
  const text = made + template.slice(from)
  // Lines without quotation marks are a text, which a target gets as a JSON string.
  return isJson(text) ? text : JSON.stringify(text)
}

function quotedAfter(text: string, quoted: boolean): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '"') quoted = !quoted
  }
  return quoted
}

function written(value: unknown, quoted: boolean): string {
  const json = JSON.stringify(value)
  if (!quoted) return json
  return typeof value === 'string' ? json.slice(1, -1) : JSON.stringify(json).slice(1, -1)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** `$.detail.items[0].id`, or `$['a b']`: names and places in lists, which is the part of JSONPath that the service takes. */
export function readPath(path: string): (value: unknown) => unknown {
  const steps: (string | number)[] = []
  const rest = path
    .replace(/^\$/, '')
    .replace(/\.([^.[\]*]+)|\[(\d+)\]|\[(?:'([^']*)'|"([^"]*)")\]/gy, (_, name, place, single, double) => {
      steps.push(place === undefined ? (name ?? single ?? double) : Number(place))
      return ''
    })
  if (!path.startsWith('$') || rest !== '') throw invalid(`InputPath ${path} is not a valid JSON path.`, 'Targets')
  return (value) => {
    for (const step of steps) {
      if (typeof value !== 'object' || value === null) return undefined
      value = (value as Record<string | number, unknown>)[step]
    }
    return value
  }
}

/** Told at each attempt, since only then it is known. */
const ATTEMPT = '<aws.scheduler.attempt-number>'
export const withAttempt = (payload: string, attempt: number): string => payload.replaceAll(ATTEMPT, String(attempt))

/** The text that the target of a schedule gets (Scheduler user guide, "Adding context attributes"). */
export function scheduleInputOf(input: string, { arn, atMs, id }: { arn: string; atMs: number; id: string }): string {
  return input
    .replaceAll('<aws.scheduler.schedule-arn>', arn)
    .replaceAll('<aws.scheduler.scheduled-time>', timeOf(atMs))
    .replaceAll('<aws.scheduler.execution-id>', id)
}

/** Times of events have whole seconds. */
export const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`
