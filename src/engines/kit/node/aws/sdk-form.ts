import { EngineError } from '../../pure/errors.ts'
import type { Member, Shape } from './shapes.ts'

/**
 * Values as Step Functions and EventBridge Scheduler write the parameters of a service's API: JSON with the member names of the SDK for Java, which begin
 * with a capital; times as ISO 8601 texts; a blob as its text, or as JSON that becomes its text.
 */
export const sdkName = ({ name }: Member): string => name[0].toUpperCase() + name.slice(1)

export function readSdkForm(shape: Shape, value: unknown, at = ''): unknown {
  if (value === null) return undefined
  switch (shape.kind) {
    case 'structure':
    case 'union': {
      if (typeof value !== 'object' || Array.isArray(value)) throw unfit(at, 'an object')
      const known = new Map(
        shape.members.flatMap((member) => [[sdkName(member), member] as const, [member.name, member] as const]),
      )
      return Object.fromEntries(
        Object.entries(value as object).map(([name, inner]) => {
          const member = known.get(name)
          if (!member)
            throw new EngineError('ValidationException', `The field "${name}" is not supported${at && ` in ${at}`}.`)
          return [member.name, readSdkForm(member.shape(), inner, join(at, name))]
        }),
      )
    }
    case 'list':
      if (!Array.isArray(value)) throw unfit(at, 'an array')
      return value.map((item, index) => readSdkForm(shape.element!.shape(), item, `${at}[${index}]`))
    case 'map':
      if (typeof value !== 'object' || Array.isArray(value)) throw unfit(at, 'an object')
      return Object.fromEntries(
        Object.entries(value as object).map(([name, inner]) => [
          name,
          readSdkForm(shape.element!.shape(), inner, join(at, name)),
        ]),
      )
    case 'blob':
      return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
    case 'timestamp': {
      const time = new Date(typeof value === 'number' ? value * 1000 : String(value))
      if (Number.isNaN(time.getTime())) throw unfit(at, 'a timestamp')
      return time
    }
    case 'string':
      if (typeof value === 'object') throw unfit(at, 'a string')
      return String(value)
    case 'number':
    case 'boolean':
      if (typeof value !== shape.kind) throw unfit(at, `a ${shape.kind}`)
      return value
    default:
      return value
  }
}

/** Bodies that are streams are read to their end. */
export async function writeSdkForm(shape: Shape, value: unknown): Promise<unknown> {
  if (value === undefined || value === null) return undefined
  switch (shape.kind) {
    case 'structure':
    case 'union': {
      const made: Record<string, unknown> = {}
      for (const member of shape.members) {
        const inner = await writeSdkForm(member.shape(), (value as Record<string, unknown>)[member.name])
        if (inner !== undefined) made[sdkName(member)] = inner
      }
      return made
    }
    case 'list':
      return Promise.all((value as unknown[]).map((item) => writeSdkForm(shape.element!.shape(), item)))
    case 'map': {
      const made: Record<string, unknown> = {}
      for (const [name, inner] of Object.entries(value as object))
        made[name] = await writeSdkForm(shape.element!.shape(), inner)
      return made
    }
    case 'blob': {
      if (typeof value === 'string' || ArrayBuffer.isView(value))
        return Buffer.from(value as Uint8Array).toString('utf8')
      const parts: Uint8Array[] = []
      for await (const part of value as AsyncIterable<Uint8Array>) parts.push(part)
      return Buffer.concat(parts).toString('utf8')
    }
    case 'timestamp':
      return value instanceof Date ? value.toISOString() : new Date((value as number) * 1000).toISOString()
    default:
      return value
  }
}

const join = (at: string, name: string): string => (at === '' ? name : `${at}.${name}`)

const unfit = (at: string, wanted: string): EngineError =>
  new EngineError('ValidationException', `The value of "${at}" is not ${wanted}.`)
