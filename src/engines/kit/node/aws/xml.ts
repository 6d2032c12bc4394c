import { XmlCodec, XmlShapeDeserializer } from '@aws-sdk/core/protocols'
import type { NormalizedSchema } from '@smithy/core/schema'
import { EngineError } from '../../pure/errors.ts'
import type { DocumentCodec } from './rest.ts'
import type { Member, OperationShape } from './shapes.ts'

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** Timestamps of a document are RFC 3339 unless the model says otherwise. */
const DATE_TIME = 5

const malformed = () =>
  new EngineError(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  )

/** REST-XML documents, by the codec of the client packages turned the other way round. */
export function xmlCodec(namespace: string | undefined): DocumentCodec {
  const settings = {
    httpBindings: true,
    xmlNamespace: namespace ?? '',
    serviceNamespace: '',
    timestampFormat: { useTrait: true, default: DATE_TIME as 5 },
  }
  const codec = new XmlCodec(settings)
  const write = (schema: NormalizedSchema, value: unknown): string => {
    const serializer = codec.createSerializer()
    serializer.write(schema, value)
    return DECLARATION + withoutControls(serializer.flush() as string)
  }
  const read = (schema: NormalizedSchema, body: Uint8Array): unknown => {
    try {
      if (CONTROLS.test(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')))
        throw malformed()
      return checkNumbers(new XmlShapeDeserializer(settings).read(schema, body))
    } catch {
      throw malformed()
    }
  }
  return {
    contentType: 'application/xml',
    readDocument: (members, operation, body) =>
      body.length === 0 ? {} : pick(members, read(operation.input.schema, body) as Record<string, unknown>),
    readPayload: (member, body) => read(member.schema, body),
    writeDocument: (members, operation: OperationShape, output) =>
      write(operation.output.schema, pick(members, output)),
    writePayload: (member, value) => write(member.schema, value),
  }
}

function pick(members: readonly Member[], value: Record<string, unknown>): Record<string, unknown> {
  const named = members.filter((member) => value?.[member.name] !== undefined && value[member.name] !== null)
  return Object.fromEntries(named.map((member) => [member.name, value[member.name]]))
}

/** The codec reads a number that is none as NaN. */
function checkNumbers(value: unknown): unknown {
  if (Number.isNaN(value)) throw malformed()
  if (value !== null && typeof value === 'object' && !ArrayBuffer.isView(value))
    Object.values(value).forEach(checkNumbers)
  return value
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#xD;' }

export const escapeXml = (text: string): string =>
  SPECIAL.test(text) ? withoutControls(text.replace(/[&<>"\r]/g, (c) => ESCAPES[c])) : text

const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/

/** XML 1.0 cannot say control characters at all. As S3 does, they are written as references: a parser may refuse them, and takes none for another. */
const withoutControls = (text: string): string =>
  CONTROLS.test(text) ? text.replaceAll(new RegExp(CONTROLS, 'g'), (c) => `&#x${c.charCodeAt(0).toString(16)};`) : text

const SPECIAL = /[\u0000-\u001f&<>"]/

/**
 * An element of texts, numbers, dates, elements and repeated elements, undefined ones left out: for documents of thousands of elements,
 * which the codec takes many times as long for.
 */
export function xmlTree(name: string, value: unknown): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) return value.map((item) => xmlTree(name, item)).join('')
  if (value instanceof Date) return `<${name}>${value.toISOString()}</${name}>`
  if (typeof value !== 'object' || value === null) return `<${name}>${escapeXml(String(value))}</${name}>`
  let inner = ''
  const members = value as Record<string, unknown>
  for (const member in members) inner += xmlTree(member, members[member])
  return `<${name}>${inner}</${name}>`
}

/** A flat element of texts, as errors are written. */
export function xmlElement(name: string, members: Record<string, unknown>): string {
  const inner = Object.entries(members)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `<${key}>${escapeXml(String(value))}</${key}>`)
  return `<${name}>${inner.join('')}</${name}>`
}

export const xmlDocument = (root: string): string => DECLARATION + root
