import { EngineError } from '../../pure/errors.ts'
import { parseQuery } from './http.ts'
import { timestampText } from './json.ts'
import { fromText } from './rest.ts'
import type { AwsService } from './service.ts'
import type { Member, OperationShape, Shape } from './shapes.ts'
import { escapeXml } from './xml.ts'

/** The Query protocol: a form of flattened names in (`Tags.member.1.Key=a`), XML out. */
type Form = Map<string, string>

/** Members of a list or map at most; a number in a name must not make us count to a billion. */
const ELEMENTS_MAX = 10_000

export function parseForm(body: Uint8Array, query: string): Form {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  return new Map([...parseQuery(query), ...parseQuery(text)])
}

export function readForm(operation: OperationShape, form: Form): Record<string, unknown> {
  return operation.input.kind === 'unit' ? {} : readMembers(operation.input, form, '')
}

function readMembers(shape: Shape, form: Form, prefix: string): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const member of shape.members) {
    const value = readMember(member, form, prefix + nameOf(member))
    if (value !== undefined) found[member.name] = value
  }
  return found
}

const nameOf = (member: Member): string => member.traits.xmlName ?? member.name

function readMember(member: Member, form: Form, name: string): unknown {
  const shape = member.shape()
  switch (shape.kind) {
    case 'structure':
    case 'union':
      return hasPrefix(form, `${name}.`) ? readMembers(shape, form, `${name}.`) : undefined
    case 'list':
      return readElements(member, shape.element!, form, name)
    case 'map':
      return readEntries(member, shape.element!, form, name)
    default:
      return fromText(member, form.get(name), 'date-time')
  }
}

function readElements(member: Member, element: Member, form: Form, name: string): unknown[] | undefined {
  if (form.get(name) === '') return []
  const stem = member.traits.xmlFlattened ? name : `${name}.${element.traits.xmlName ?? 'member'}`
  const found: unknown[] = []
  for (let index = 1; index <= ELEMENTS_MAX; index++) {
    const value = readMember(element, form, `${stem}.${index}`)
    if (value === undefined) break
    found.push(value)
  }
  return found.length > 0 ? found : undefined
}

function readEntries(member: Member, element: Member, form: Form, name: string): Record<string, unknown> | undefined {
  const stem = member.traits.xmlFlattened ? name : `${name}.entry`
  const found: [string, unknown][] = []
  for (let index = 1; index <= ELEMENTS_MAX; index++) {
    const key = form.get(`${stem}.${index}.key`)
    if (key === undefined) break
    found.push([key, readMember(element, form, `${stem}.${index}.value`)])
  }
  return found.length > 0 ? Object.fromEntries(found) : undefined
}

function hasPrefix(form: Form, prefix: string): boolean {
  for (const name of form.keys()) if (name.startsWith(prefix)) return true
  return false
}

export function requireAction(form: Form, service: AwsService): string {
  const action = form.get('Action')
  if (action) return action
  throw new EngineError('MissingAction', `The request to ${service.name} names no Action.`)
}

export function writeForm(
  operation: OperationShape,
  output: Record<string, unknown>,
  namespace: string,
  requestId: string,
): string {
  const { name } = operation
  const result =
    operation.output.kind === 'unit' ? '' : element(`${name}Result`, writeMembers(operation.output, output))
  const metadata = element('ResponseMetadata', element('RequestId', escapeXml(requestId)))
  return `<${name}Response xmlns="${escapeXml(namespace)}">${result}${metadata}</${name}Response>`
}

const element = (name: string, inner: string): string => `<${name}>${inner}</${name}>`

function writeMembers(shape: Shape, value: Record<string, unknown>): string {
  return shape.members
    .filter((member) => value[member.name] !== undefined && value[member.name] !== null)
    .map((member) => writeMember(member, nameOf(member), value[member.name]))
    .join('')
}

function writeMember(member: Member, name: string, value: unknown): string {
  const shape = member.shape()
  switch (shape.kind) {
    case 'structure':
    case 'union':
      return element(name, writeMembers(shape, value as Record<string, unknown>))
    case 'list': {
      const flat = Boolean(member.traits.xmlFlattened)
      const inner = (value as unknown[])
        .map((item) => writeMember(shape.element!, flat ? name : (shape.element!.traits.xmlName ?? 'member'), item))
        .join('')
      return flat ? inner : element(name, inner)
    }
    case 'map': {
      const flat = Boolean(member.traits.xmlFlattened)
      const entries = Object.entries(value as Record<string, unknown>)
        .map(([key, item]) =>
          element(flat ? name : 'entry', element('key', escapeXml(key)) + writeMember(shape.element!, 'value', item)),
        )
        .join('')
      return flat ? entries : element(name, entries)
    }
    case 'timestamp':
      return element(name, timestampText(value as Date, member.format ?? 'date-time'))
    case 'blob':
      return element(name, Buffer.from(value as Uint8Array).toString('base64'))
    default:
      return element(name, escapeXml(String(value)))
  }
}
