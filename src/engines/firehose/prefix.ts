import { EngineError } from '../kit/pure/errors.ts'
import { formatter } from '../kit/pure/expr/index.ts'
import { zoneShift } from '../kit/pure/zoned-time.ts'
import { writesZone } from './zone.ts'

/** Where an object's records ended up, as `!{firehose:error-output-type}` names it. */
export type ErrorOutputType =
  | 'processing-failed'
  | 'format-conversion-failed'
  | 'activePartitionExceeded'
  | 'delivery-failed'
  | 'http-endpoint-failed'
  | 'splunk-failed'
  | 'AmazonOpenSearchService-failed'
  | 'redshift-failed'

type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'timestamp'; readonly write: (ms: number) => string }
  | { readonly kind: 'random' }
  | { readonly kind: 'errorType' }
  | { readonly kind: 'partitionKey'; readonly name: string; readonly from: 'query' | 'lambda' }

export const PREFIX_CHARACTERS_MAX = 512
const RANDOM_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const DEFAULT_TIME = formatter('yyyy/MM/dd/HH/') as (ms: number) => string

export interface PrefixValues {
  /** Arrival of the oldest record in the object, epoch ms. */
  readonly timeMs: number
  readonly random: () => string
  readonly errorType?: ErrorOutputType
  /** By `partitionId`. */
  readonly partition?: ReadonlyMap<string, string>
}

/** A partition key's name where those of queries and of functions stand side by side. */
export const partitionId = (from: 'query' | 'lambda', name: string) => (from === 'query' ? name : `lambda/${name}`)

type Field = 'Prefix' | 'ErrorOutputPrefix' | 'S3BackupConfiguration.Prefix'

/** A prefix with its expressions read: `!{namespace:value}` (Firehose guide, "Custom Prefixes for Amazon S3 Objects"). */
export class Prefix {
  private readonly pieces: readonly Piece[]
  private readonly local: (ms: number) => number

  private constructor(pieces: readonly Piece[], local: (ms: number) => number) {
    this.pieces = pieces
    this.local = local
  }

  /** Reads a prefix; fails as the service does, naming the field. */
  static parse(text: string, field: Field, zone = 'UTC'): Prefix {
    const local = zoneShift(zone)
    if (!local) throw invalid('CustomTimeZone', `${zone} is not a time zone; they are named as Europe/Berlin is`)
    const pieces: Piece[] = []
    let at = 0
    for (const match of text.matchAll(/!\{([^}]*)\}/g)) {
      if (match.index > at) pieces.push({ kind: 'text', text: text.slice(at, match.index) })
      pieces.push(readExpression(match[1], field, zone))
      at = match.index + match[0].length
    }
    const rest = text.slice(at)
    if (rest.includes('!{'))
      throw invalid(
        field,
        `the expression that starts at character ${at + rest.indexOf('!{') + 1} is not closed with }`,
      )
    if (rest) pieces.push({ kind: 'text', text: rest })
    return new Prefix(pieces, local)
  }

  get hasExpressions(): boolean {
    return this.pieces.some((piece) => piece.kind !== 'text')
  }

  has(kind: Piece['kind']): boolean {
    return this.pieces.some((piece) => piece.kind === kind)
  }

  /** Partition keys in the order they stand. */
  partitionKeys(from: 'query' | 'lambda'): string[] {
    return this.pieces.flatMap((piece) => (piece.kind === 'partitionKey' && piece.from === from ? [piece.name] : []))
  }

  /** The text for one object. Without a timestamp expression `yyyy/MM/dd/HH/` follows, as at AWS; not after partition keys. */
  evaluate(values: PrefixValues): string {
    let text = ''
    for (const piece of this.pieces) {
      if (piece.kind === 'text') text += piece.text
      else if (piece.kind === 'timestamp') text += piece.write(this.local(values.timeMs))
      else if (piece.kind === 'random') text += values.random()
      else if (piece.kind === 'errorType') text += values.errorType ?? ''
      else text += values.partition?.get(partitionId(piece.from, piece.name)) ?? ''
    }
    if (values.errorType && !this.has('errorType')) text += `${values.errorType}/`
    const timed = this.has('timestamp') || this.has('partitionKey') || (values.errorType && this.has('errorType'))
    return timed ? text : text + DEFAULT_TIME(this.local(values.timeMs))
  }
}

function readExpression(expression: string, field: Field, zone: string): Piece {
  const colon = expression.indexOf(':')
  const [namespace, value] = colon < 0 ? [expression, ''] : [expression.slice(0, colon), expression.slice(colon + 1)]
  switch (namespace) {
    case 'timestamp': {
      const write = formatter(value)
      if (value === '' || typeof write === 'string')
        throw invalid(field, `!{${expression}}: ${write || 'the pattern is empty'}`)
      if (zone !== 'UTC' && writesZone(value))
        throw invalid(field, `!{${expression}} writes the zone, which is not honoured with a CustomTimeZone`)
      return { kind: 'timestamp', write }
    }
    case 'firehose':
      if (value === 'random-string') return { kind: 'random' }
      if (value === 'error-output-type') return { kind: 'errorType' }
      break
    case 'partitionKeyFromQuery':
      if (value) return { kind: 'partitionKey', name: value, from: 'query' }
      break
    case 'partitionKeyFromLambda':
      if (value) return { kind: 'partitionKey', name: value, from: 'lambda' }
  }
  throw invalid(
    field,
    `!{${expression}} is not an expression. The expressions are !{timestamp:pattern}, !{firehose:random-string}, !{firehose:error-output-type}, !{partitionKeyFromQuery:name} and !{partitionKeyFromLambda:name}`,
  )
}

export function invalid(field: string, message: string): EngineError {
  return new EngineError('InvalidArgumentException', `${field}: ${message}.`, { at: { field } })
}

export function readBackupPrefix(text: string, zone?: string): Prefix {
  const prefix = Prefix.parse(text, 'S3BackupConfiguration.Prefix', zone)
  if (prefix.has('partitionKey')) throw invalid('S3BackupConfiguration.Prefix', 'it cannot contain partition keys')
  return prefix
}

/** What is wrong with prefixes: of each what cannot be read, or else the first rule that they break together with the partition fields. */
export function prefixProblems(given: {
  prefix: string
  errorOutputPrefix: string
  backupPrefix?: string | undefined
  partitionFields?: readonly string[] | undefined
}): { field: string; message: string }[] {
  const problems: { field: string; message: string }[] = []
  const read = <T>(work: () => T): T | undefined => {
    try {
      return work()
    } catch (thrown) {
      const { message, at } = EngineError.from(thrown)
      const field = at?.field ?? ''
      problems.push({ field, message: message.replace(`${field}: `, '') })
      return undefined
    }
  }
  const prefix = read(() => Prefix.parse(given.prefix, 'Prefix'))
  const errorPrefix = read(() => Prefix.parse(given.errorOutputPrefix, 'ErrorOutputPrefix'))
  read(() => given.backupPrefix !== undefined && readBackupPrefix(given.backupPrefix))
  if (prefix && errorPrefix)
    read(() => checkPrefixes(prefix, errorPrefix, given.errorOutputPrefix, given.partitionFields))
  return problems
}

/** The rules that hold between the two prefixes and the partition fields. */
export function checkPrefixes(
  prefix: Prefix,
  errorPrefix: Prefix,
  errorPrefixText: string,
  partitionFields: readonly string[] | undefined,
): void {
  if (prefix.has('errorType')) throw invalid('Prefix', 'it cannot contain !{firehose:error-output-type}')
  if (prefix.hasExpressions && errorPrefixText === '') {
    throw invalid(
      'ErrorOutputPrefix',
      'it cannot be empty when Prefix contains expressions; errors/!{firehose:error-output-type}/ is usual',
    )
  }
  if (errorPrefix.hasExpressions && !errorPrefix.has('errorType')) {
    throw invalid('ErrorOutputPrefix', 'with expressions it must contain !{firehose:error-output-type}')
  }
  if (errorPrefix.has('partitionKey')) throw invalid('ErrorOutputPrefix', 'it cannot contain partition keys')
  const used = prefix.partitionKeys('query')
  const fromLambda = prefix.partitionKeys('lambda')
  if (!partitionFields) {
    if (used.length > 0)
      throw invalid(
        'Prefix',
        `!{partitionKeyFromQuery:${used[0]}} needs dynamic partitioning with a field of that name`,
      )
    if (fromLambda.length > 0)
      throw invalid('Prefix', `!{partitionKeyFromLambda:${fromLambda[0]}} needs dynamic partitioning`)
    return
  }
  if (partitionFields.length + fromLambda.length === 0)
    throw invalid('DynamicPartitioningConfiguration', 'it needs at least one field')
  if (errorPrefixText === '') throw invalid('ErrorOutputPrefix', 'it is mandatory with dynamic partitioning')
  const unknown = used.find((name) => !partitionFields.includes(name))
  if (unknown !== undefined)
    throw invalid('Prefix', `!{partitionKeyFromQuery:${unknown}} names no field of the dynamic partitioning`)
  const unused = partitionFields.find((name) => !used.includes(name))
  if (unused !== undefined)
    throw invalid('Prefix', `it must use the partition field ${unused}: !{partitionKeyFromQuery:${unused}}`)
}

/** Eleven characters, as at AWS. */
export function randomString(int: (below: number) => number): string {
  return Array.from({ length: 11 }, () => RANDOM_CHARACTERS[int(RANDOM_CHARACTERS.length)]).join('')
}

const OBJECT_TIME = formatter('yyyy-MM-dd-HH-mm-ss') as (ms: number) => string

/** `<stream>-<version>-yyyy-MM-dd-HH-mm-ss-<uuid>` (Firehose guide, "Amazon S3 Object Name Format"). */
export function objectName(stream: string, versionId: string, timeMs: number, id: string, extension: string): string {
  return `${stream}-${versionId}-${OBJECT_TIME(timeMs)}-${id}${extension}`
}
