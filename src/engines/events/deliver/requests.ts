import { EngineError } from '../../kit/pure/errors.ts'

/** `ContainerOverrides` as SubmitJob has them, with names in either case. */
export function overridesOf(given: Record<string, unknown>) {
  const { command, environment, resourceRequirements, ...others } = lowerNames(given)
  const strange = Object.keys(others)[0]
  if (strange) throw new EngineError('ClientException', `Millrace does not support containerOverrides.${strange}.`)
  const pairs = ((environment as Record<string, string>[] | undefined) ?? []).map(lowerNames)
  const needs = ((resourceRequirements as Record<string, string>[] | undefined) ?? []).map(lowerNames)
  const of = (type: string) => needs.find((need) => need.type === type)?.value
  return {
    ...(Array.isArray(command) && { command: command.map(String) }),
    ...(pairs.length > 0 && { environment: Object.fromEntries(pairs.map(({ name, value }) => [name, String(value)])) }),
    ...(of('VCPU') !== undefined && { vcpus: Number(of('VCPU')) }),
    ...(of('MEMORY') !== undefined && { memoryMiB: Number(of('MEMORY')) }),
  }
}

/** EventBridge and Scheduler write the members of other services' requests with a capital. */
export const lowerNames = (object: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name[0].toLowerCase() + name.slice(1), value]))

export const lastPart = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)
