import { EngineError } from '../kit/pure/errors.ts'

const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * The records of a request's body, byte for byte as they came: one JSON value, each value of a JSON array, each line of NDJSON or of a
 * text, or the body as a whole. Nothing of a body that is not what it says is taken.
 */
export function recordsOf(contentType: string, body: Uint8Array): string[] | Uint8Array[] {
  const type = contentType.split(';')[0].trim().toLowerCase()
  switch (type) {
    case 'application/json':
      return jsonRecords(textOf(body))
    case 'application/x-ndjson':
    case 'application/ndjson':
    case 'application/jsonl':
    case 'application/x-jsonlines':
      return linesOf(body).map(({ text, number }) => {
        parse(text, number)
        return text
      })
    case 'text/plain':
      return linesOf(body).map(({ text }) => text)
    case 'application/octet-stream':
      return body.length === 0 ? [] : [body]
    default:
      throw new EngineError(
        'UnsupportedMediaType',
        `${type === '' ? 'A request without a Content-Type' : type} is not taken: send application/json, application/x-ndjson, text/plain or application/octet-stream.`,
      )
  }
}

function textOf(body: Uint8Array): string {
  try {
    return decoder.decode(body)
  } catch {
    throw new EngineError('InvalidBody', 'The body is not UTF-8 text.')
  }
}

function linesOf(body: Uint8Array): { text: string; number: number }[] {
  return textOf(body)
    .split('\n')
    .map((line, i) => ({ text: line.endsWith('\r') ? line.slice(0, -1) : line, number: i + 1 }))
    .filter(({ text }) => text.trim() !== '')
}

function parse(text: string, line?: number): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const where = line === undefined ? 'The body' : `Line ${line}`
    throw new EngineError('InvalidBody', `${where} is not JSON: ${(cause as Error).message}`, {
      ...(line !== undefined && { at: { line } }),
      cause,
    })
  }
}

function jsonRecords(text: string): string[] {
  return Array.isArray(parse(text)) ? elementsOf(text) : [text.trim()]
}

/** The elements of a valid JSON array as they are written: parsing and writing them again would round long numbers. */
function elementsOf(text: string): string[] {
  const elements: string[] = []
  const open = text.indexOf('[')
  let depth = 0
  let from = open + 1
  for (let i = open; i < text.length; i++) {
    const c = text[i]
    if (c === '"') i = endOfString(text, i)
    else if (c === '[' || c === '{') depth++
    else if ((c === ',' && depth === 1) || ((c === ']' || c === '}') && --depth === 0)) {
      const element = text.slice(from, i).trim()
      if (element !== '') elements.push(element)
      from = i + 1
    }
  }
  return elements
}

function endOfString(text: string, quote: number): number {
  let i = quote + 1
  while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1
  return i
}
