import type { RegisteredSchema } from '../contract.ts'
import { parseAvro } from './avro.ts'
import { avroReadingProblems } from './avro-reading.ts'
import { parseJsonSchema } from './json.ts'
import { jsonReadingProblems } from './json-reading.ts'
import { parseProtobuf, protobufReadingProblems } from './protobuf.ts'

interface Format {
  /** Throws InvalidInputException where the definition is none of this format. */
  check(definition: string): void
  /** Why what one definition writes cannot be read by the other. */
  readingProblems(reader: string, writer: string): string[]
  /** As JSON, for comparison: two definitions that differ in white space alone are one. */
  document(definition: string): unknown
}

const json = (definition: string): unknown => {
  try {
    return JSON.parse(definition)
  } catch {
    return definition.trim()
  }
}

export const FORMATS: Readonly<Record<RegisteredSchema['format'], Format>> = {
  AVRO: {
    check: (definition) => void parseAvro(definition),
    readingProblems: (reader, writer) => avroReadingProblems(parseAvro(reader), parseAvro(writer)),
    document: json,
  },
  JSON: {
    check: (definition) => void parseJsonSchema(definition),
    readingProblems: (reader, writer) => jsonReadingProblems(parseJsonSchema(reader), parseJsonSchema(writer)),
    document: json,
  },
  PROTOBUF: {
    check: (definition) => void parseProtobuf(definition),
    readingProblems: (reader, writer) => protobufReadingProblems(parseProtobuf(reader), parseProtobuf(writer)),
    document: (definition) => parseProtobuf(definition).toJSON(),
  },
}

/** What one definition and another have in common when white space does not count. */
export function canonical(format: RegisteredSchema['format'], definition: string): string {
  return JSON.stringify(FORMATS[format].document(definition))
}
