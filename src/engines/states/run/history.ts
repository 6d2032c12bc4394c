import type { Json } from '../asl/types.ts'
import type { Resource } from '../integrations/resource.ts'
import type { Run, TaskPhase, Thread } from './types.ts'

/** Appends to the history; gives the event's id. An event follows the last of its thread, or of the thread that began it. */
export function emit(
  run: Run,
  thread: Thread | undefined,
  type: string,
  details: Record<string, unknown>,
  nowMs: number,
): number {
  const id = ++run.execution.events
  const previousId = thread ? thread.last : id - 1
  run.events.push({ id, previousId, timeMs: nowMs, type, details })
  if (thread) {
    thread.last = id
    run.changed.add(thread.id)
  }
  return id
}

const PREFIXES = { activity: 'Activity', function: 'LambdaFunction', service: 'Task' } as const

/** `TaskFailed`, `LambdaFunctionFailed`, `ActivityFailed`. */
export const taskEvent = ({ kind }: Resource, what: string): string => `${PREFIXES[kind]}${what}`

/** How events of service integrations name what they ask. */
export function asked(resource: Resource): { resourceType: string; resource: string } | object {
  if (resource.kind !== 'service') return {}
  const suffix = { request: '', sync: '.sync', 'sync:2': '.sync:2', token: '.waitForTaskToken' }[resource.pattern]
  return { resourceType: resource.type, resource: resource.action + suffix }
}

/** Details of the event with which a task is scheduled. */
export function scheduled(
  { resource, parameters }: TaskPhase,
  timeoutS: number | undefined,
  heartbeatS: number | undefined,
): Record<string, unknown> {
  const times = {
    ...(timeoutS !== undefined && { timeoutInSeconds: timeoutS }),
    ...(heartbeatS !== undefined && resource.kind !== 'function' && { heartbeatInSeconds: heartbeatS }),
  }
  const text = JSON.stringify(parameters)
  if (resource.kind === 'service') return { ...asked(resource), region: 'us-east-1', parameters: text, ...times }
  return { resource: resource.arn, input: text, inputDetails: WHOLE, ...times }
}

const WHOLE = { truncated: false }

export const inputOf = (value: Json) => ({ input: JSON.stringify(value), inputDetails: WHOLE })
export const outputOf = (value: Json) => ({ output: JSON.stringify(value), outputDetails: WHOLE })
