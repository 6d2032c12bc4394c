import type { Classifier } from '@aws-sdk/client-glue'
import { withinMs } from '../../kit/node/time-limit.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { detectEncoding, notText } from '../attached/encoding.ts'
import type { CatalogTable } from '../contract.ts'
import { invalid } from '../model.ts'
import { avroColumns } from './avro.ts'
import { type CsvOptions, csvShape } from './csv.ts'
import { compileGrok, type Grok } from './grok.ts'
import { readHead, unreadable, withFile } from './head.ts'
import { type JsonShape, jsonShape, stepsOf } from './json.ts'
import { parquetColumns } from './parquet.ts'
import type { InferredColumn } from './types.ts'

/** What a file was found to be. */
export interface Classified {
  readonly classification: string
  readonly format: CatalogTable['format']
  readonly columns: readonly InferredColumn[]
  /** Properties of the table and its SerDe, as Glue's crawler writes them. */
  readonly parameters: Readonly<Record<string, string>>
  readonly compression: 'none' | 'gzip'
  readonly rows?: number
  /** What is to be told of the file, though it is taken in. */
  readonly warning?: string
}

type Found = Omit<Classified, 'compression'>

/** A custom classifier, ready to be asked. */
export type Custom = (text: string, whole: boolean) => Found | undefined

/** Logs that are known without a classifier: each line a record. */
const LOGS: readonly { classification: string; pattern: string; grok: Grok }[] = [
  ['combined_apache_log', '%{COMBINEDAPACHELOG}'],
  ['common_apache_log', '%{COMMONAPACHELOG}'],
  ['syslog', '%{SYSLOGLINE}'],
  ['squid', '%{SQUIDLOG}'],
  ['redis_log', '%{REDISLOG}'],
].map(([classification, pattern]) => ({ classification, pattern, grok: compileGrok(pattern) }))
const LINES_MAX = 200
/** Lines longer than this are no log's, and would keep a pattern busy. */
const LINE_LENGTH_MAX = 16 * 1024
const MATCHING_SHARE = 0.9
/** A pattern that needs longer over one file's lines tries too many ways to match them. */
const MATCHING_MS = 500

/** Reads as much of a file as tells what it is. Throws UnreadableFile with the reason where nothing fits. */
export async function classify(path: string, size: number, custom: readonly Custom[]): Promise<Classified> {
  return withFile(path, async (file) => {
    const { bytes, whole, compression } = await readHead(file, size)
    const magic = bytes.toString('latin1', 0, 4)
    if (magic === 'PAR1') {
      const { columns, rows } = await parquetColumns(file, size)
      return { ...typed('parquet', columns), compression, rows }
    }
    if (magic === 'Obj\u0001') return { ...typed('avro', avroColumns(bytes)), compression }
    if (magic.startsWith('ORC')) throw unreadable('it is ORC, which is not supported')
    const text = textOf(bytes, whole)
    for (const one of custom) {
      const found = one(text, whole)
      if (found) return { ...found, compression }
    }
    const found = builtIn(text, whole)
    if (!found) throw unreadable('it is none of CSV, JSON, Parquet, Avro or a known log')
    return { ...found, compression }
  })
}

const typed = (format: 'parquet' | 'avro', columns: readonly InferredColumn[]): Found => ({
  classification: format,
  format,
  columns,
  parameters: {},
})

function textOf(bytes: Buffer, whole: boolean): string {
  const encoding = detectEncoding(bytes)
  if (encoding !== 'utf-8' && notText(bytes) === undefined)
    throw unreadable(
      `it is ${encoding}, and tables of crawled files are read as UTF-8: save it as UTF-8, or attach it, which reads or converts it`,
    )
  if (bytes.includes(0)) throw unreadable('it is binary, and of no format that is known')
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '')
  // The cut may go through a character.
  return whole ? text : text.replace(/\uFFFD+$/, '')
}

function builtIn(text: string, whole: boolean): Found | undefined {
  const json = jsonShape(text, whole)
  if (json) return jsonFound('json', json)
  const log = logOf(linesOf(text, whole))
  if (log) return grokFound(log.classification, log.grok, { 'input.format': log.pattern })
  const shape = csvShape(text, whole)
  return shape && csvFound('csv', shape, undefined)
}

function linesOf(text: string, whole: boolean): string[] {
  const lines = text.split(/\r?\n/, LINES_MAX + 1)
  if (!whole || lines.length > LINES_MAX) lines.pop()
  return lines.filter((line) => line !== '')
}

function fits(grok: Grok, lines: readonly string[]): boolean {
  if (lines.length === 0) return false
  // Most files are told by their first line.
  if (lines[0].length > LINE_LENGTH_MAX || !grok.matches(lines[0])) return false
  const matching = lines.filter((line) => line.length <= LINE_LENGTH_MAX && grok.matches(line)).length
  return matching >= lines.length * MATCHING_SHARE
}

/** The log whose pattern fits. */
function logOf(lines: readonly string[]): (typeof LOGS)[number] | undefined {
  try {
    return withinMs(MATCHING_MS, '', () => LOGS.find(({ grok }) => fits(grok, lines)))
  } catch (thrown) {
    if (EngineError.from(thrown).code !== 'OperationTimeoutException') throw thrown
    return undefined
  }
}

const jsonFound = (classification: string, { columns, twice }: JsonShape, path?: string): Found => ({
  classification,
  format: 'json',
  columns,
  parameters: path === undefined || path === '$' ? {} : { jsonPath: path },
  ...(twice && {
    warning: `its keys ${twice.join(' and ')} differ by their case alone, and queries of such rows fail: set case.insensitive to false and a mapping.<column> for each, or write one of them otherwise`,
  }),
})

const grokFound = (classification: string, grok: Grok, parameters: Record<string, string>): Found => ({
  classification,
  format: 'grok',
  columns: grok.columns,
  parameters: { ...parameters, grokPattern: parameters['input.format'] },
})

const LAZY = 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe'
const OPEN_CSV = 'org.apache.hadoop.hive.serde2.OpenCSVSerde'

function csvFound(
  classification: string,
  shape: NonNullable<ReturnType<typeof csvShape>>,
  quote: string | undefined,
  serde?: string,
): Found {
  const open = serde === 'OpenCSVSerDe' || (serde === undefined && quote !== undefined)
  return {
    classification,
    format: 'csv',
    columns: shape.columns,
    parameters: {
      delimiter: shape.delimiter,
      columnsOrdered: 'true',
      areColumnsQuoted: String(shape.quoted),
      'serialization.lib': open ? OPEN_CSV : LAZY,
      ...(open ? { separatorChar: shape.delimiter, quoteChar: quote ?? '"' } : { 'field.delim': shape.delimiter }),
      ...(shape.header && { 'skip.header.line.count': '1' }),
    },
  }
}

/** What a custom CSV classifier may call a type, in Hive's words. */
const DATATYPES: Readonly<Record<string, string>> = {
  BINARY: 'binary',
  BOOLEAN: 'boolean',
  DATE: 'date',
  DECIMAL: 'decimal(38,18)',
  DOUBLE: 'double',
  FLOAT: 'float',
  INT: 'int',
  LONG: 'bigint',
  SHORT: 'smallint',
  STRING: 'string',
  TIMESTAMP: 'timestamp',
}

/** Throws InvalidInputException where a classifier cannot be asked. */
export function checkClassifier(classifier: Classifier): void {
  const { CsvClassifier, JsonClassifier } = classifier
  if (CsvClassifier?.Delimiter !== undefined && CsvClassifier.Delimiter === CsvClassifier.QuoteSymbol)
    throw invalid('The delimiter and the quote symbol of a CSV classifier must differ.')
  try {
    if (JsonClassifier) stepsOf(JsonClassifier.JsonPath!)
  } catch (thrown) {
    throw invalid((thrown as Error).message)
  }
  customClassifier(classifier)
}

export function customClassifier({ GrokClassifier, CsvClassifier, JsonClassifier }: Classifier): Custom {
  if (GrokClassifier) {
    const { Name, Classification, GrokPattern, CustomPatterns } = GrokClassifier
    const late = `The pattern of classifier ${Name} tries too many ways to match a line. Write it without repetitions of repetitions.`
    const grok = compileGrok(GrokPattern!, CustomPatterns)
    const parameters = {
      'input.format': GrokPattern!,
      ...(CustomPatterns && { 'input.grokCustomPatterns': CustomPatterns }),
    }
    let givenUp: unknown
    return (text, whole) => {
      // Files that were opened meanwhile need not be tried as long.
      if (givenUp) throw givenUp
      try {
        const fitting = withinMs(MATCHING_MS, late, () => fits(grok, linesOf(text, whole)))
        return fitting ? grokFound(Classification!, grok, parameters) : undefined
      } catch (thrown) {
        givenUp = thrown
        throw thrown
      }
    }
  }
  if (JsonClassifier) {
    const path = JsonClassifier.JsonPath!
    return (text, whole) => {
      const shape = jsonShape(text, whole, path)
      return shape && jsonFound('json', shape, path)
    }
  }
  const csv = CsvClassifier!
  const options: CsvOptions = {
    delimiter: csv.Delimiter,
    quote: csv.QuoteSymbol,
    header: csv.ContainsHeader,
    names: csv.Header?.length ? csv.Header.map((name) => name.toLowerCase()) : undefined,
    singleColumn: csv.AllowSingleColumn,
    keepSpaces: csv.DisableValueTrimming,
    types: csv.CustomDatatypeConfigured ? csv.CustomDatatypes?.map((type) => DATATYPES[type]) : undefined,
  }
  return (text, whole) => {
    const shape = csvShape(text, whole, options)
    return shape && csvFound('csv', shape, csv.QuoteSymbol, csv.Serde)
  }
}
