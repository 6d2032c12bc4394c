import type { Reader, TableName } from '../reader.ts'
import type { Token } from '../translate/lex.ts'

export interface CopyCommand {
  readonly table: TableName
  readonly columns?: readonly string[]
  readonly uri: string
  readonly uriToken: Token
  readonly format: 'DELIMITED' | 'CSV' | 'JSON' | 'PARQUET'
  readonly jsonIgnoreCase: boolean
  readonly delimiter: string
  readonly quote: string
  readonly ignoreHeader: number
  readonly nullAs: string
  readonly compression: 'none' | 'gzip' | 'zstd'
  readonly manifest: boolean
  readonly maxError: number
  readonly dateFormat?: string
  readonly timeFormat?: string
  /** Whether an option is on, by its name in Redshift. */
  readonly on: ReadonlySet<Flag>
}

const FLAGS = [
  'TRUNCATECOLUMNS',
  'EMPTYASNULL',
  'BLANKSASNULL',
  'ACCEPTANYDATE',
  'TRIMBLANKS',
  'FILLRECORD',
  'IGNOREBLANKLINES',
  'REMOVEQUOTES',
  'ROUNDEC',
  'EXPLICIT_IDS',
] as const
export type Flag = (typeof FLAGS)[number]

const REFUSED_FORMATS = ['AVRO', 'ORC', 'RCFILE', 'SHAPEFILE', 'FIXEDWIDTH', 'SEQUENCEFILE', 'TEXTFILE']
const REFUSED = [
  'ACCEPTINVCHARS',
  'ESCAPE',
  'NOLOAD',
  'LZOP',
  'BZIP2',
  'SSH',
  'READRATIO',
  'SIMPLIFY',
  'ENCRYPTED',
  'MASTER_SYMMETRIC_KEY',
  'JOB',
]

type Draft = { -readonly [K in keyof CopyCommand]: CopyCommand[K] } & { on: Set<Flag>; maxErrorGiven?: Token }

/** Reads COPY ("COPY"), from behind the word. What is not honoured is refused by its name. */
export function readCopy(reader: Reader): CopyCommand {
  const table = reader.table()
  const columns = reader.is('(') ? reader.names() : undefined
  reader.need('FROM')
  const uriToken = reader.token!
  const uri = reader.string()
  if (!uri.startsWith('s3://')) reader.refuse('COPY from anything but s3://', uriToken)
  const draft: Draft = {
    table,
    ...(columns && { columns }),
    uri,
    uriToken,
    format: 'DELIMITED',
    jsonIgnoreCase: false,
    delimiter: '|',
    quote: '"',
    ignoreHeader: 0,
    nullAs: '\\N',
    compression: 'none',
    manifest: false,
    maxError: 0,
    on: new Set(),
  }
  let delimiterGiven = false
  while (!reader.done) {
    delimiterGiven ||= reader.is('DELIMITER')
    readOption(reader, draft)
  }
  if (draft.format === 'CSV' && !delimiterGiven) draft.delimiter = ','
  checkColumnar(reader, draft)
  return draft
}

function readOption(reader: Reader, draft: Draft): void {
  const token = reader.token!
  if (readAuthorization(reader) || readFormat(reader, draft)) return
  for (const word of REFUSED) if (reader.is(word)) reader.refuse(`the COPY option ${word}`)
  const flag = reader.takeOne(...FLAGS)
  if (flag) draft.on.add(flag)
  else if (reader.take('GZIP')) draft.compression = 'gzip'
  else if (reader.take('ZSTD')) draft.compression = 'zstd'
  else if (reader.take('MANIFEST')) draft.manifest = true
  else if (reader.take('DELIMITER')) draft.delimiter = character(reader, 'DELIMITER')
  else if (reader.take('IGNOREHEADER')) draft.ignoreHeader = whole(reader, 'IGNOREHEADER', 2 ** 31)
  else if (reader.take('MAXERROR')) {
    draft.maxErrorGiven = token
    draft.maxError = whole(reader, 'MAXERROR', 100_000)
  } else if (reader.take('NULL')) draft.nullAs = text(reader)
  else if (reader.take('DATEFORMAT')) draft.dateFormat = text(reader)
  else if (reader.take('TIMEFORMAT')) draft.timeFormat = text(reader)
  else if (reader.take('ENCODING')) {
    reader.take('AS')
    if (!reader.take('UTF8')) reader.refuse('an ENCODING other than UTF8')
  } else if (reader.take('COMPUPDATE') || reader.take('STATUPDATE')) {
    // Compression and statistics are DuckDB's own affair; nothing of the result depends on them.
    reader.takeOne('ON', 'OFF', 'TRUE', 'FALSE', 'PRESET')
  } else reader.fail()
}

/** Roles and keys are accepted and not needed: the lake is this machine's own. */
function readAuthorization(reader: Reader): boolean {
  if (reader.take('IAM_ROLE')) {
    if (!reader.take('DEFAULT')) reader.string()
    return true
  }
  if (reader.take('ACCESS_KEY_ID') || reader.take('SECRET_ACCESS_KEY') || reader.take('SESSION_TOKEN')) {
    reader.string()
    return true
  }
  if (reader.take('CREDENTIALS') || reader.take('REGION')) {
    text(reader)
    return true
  }
  return false
}

function readFormat(reader: Reader, draft: Draft): boolean {
  if (reader.take('FORMAT')) {
    reader.take('AS')
    if (!readFormat(reader, draft)) reader.fail()
    return true
  }
  for (const word of REFUSED_FORMATS) if (reader.is(word)) reader.refuse(`COPY of format ${word}`)
  if (reader.take('CSV')) {
    draft.format = 'CSV'
    if (reader.take('QUOTE')) draft.quote = character(reader, 'QUOTE')
    return true
  }
  if (reader.take('PARQUET')) {
    draft.format = 'PARQUET'
    return true
  }
  if (!reader.take('JSON')) return false
  draft.format = 'JSON'
  reader.take('AS')
  const token = reader.token
  if (token?.kind !== 'string') return true
  const how = reader.string().toLowerCase()
  if (how !== 'auto' && how !== 'auto ignorecase') reader.refuse(`COPY of JSON '${how}'`, token)
  draft.jsonIgnoreCase = how === 'auto ignorecase'
  return true
}

function text(reader: Reader): string {
  reader.take('AS')
  return reader.string()
}

function character(reader: Reader, option: string): string {
  const value = text(reader)
  if ([...value].length !== 1) {
    reader.at--
    reader.fail(`${option} must be a single character`, '22023')
  }
  return value
}

function whole(reader: Reader, option: string, most: number): number {
  reader.take('AS')
  const value = reader.number()
  if (Number.isInteger(value) && value >= 0 && value <= most) return value
  reader.at--
  return reader.fail(`${option} must be a whole number of 0 to ${most}`, '22023')
}

/** Columnar files take few options ("COPY from columnar data formats"). */
function checkColumnar(reader: Reader, draft: Draft): void {
  if (draft.format !== 'PARQUET') return
  const allowed = new Set<Flag>(['EXPLICIT_IDS'])
  const wrong = [...draft.on].find((flag) => !allowed.has(flag)) ?? (draft.maxErrorGiven && 'MAXERROR')
  const other =
    wrong ??
    (draft.compression !== 'none' && draft.compression.toUpperCase()) ??
    (draft.ignoreHeader > 0 && 'IGNOREHEADER')
  if (other) {
    reader.at = reader.tokens.findIndex((token) => token.value === other)
    reader.fail(`${other} argument is not supported for PARQUET based COPY`, '0A000')
  }
}
