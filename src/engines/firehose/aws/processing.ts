import type { ProcessingConfiguration, Processor } from '@aws-sdk/client-firehose'
import { arn } from '../../kit/pure/ids.ts'
import type { S3Destination } from '../contract.ts'
import { jqFields, jqOf } from './jq.ts'
import { ROLE } from './operation.ts'
import { notHonoured, refuse } from './refuse.ts'

export type Processing = Partial<
  Pick<S3Destination, 'appendDelimiter' | 'delimiter' | 'decompression' | 'deaggregation' | 'transform'>
> & {
  /** Of MetadataExtraction. */
  fields?: Record<string, string>
}

type Parameters = Readonly<Record<string, string>>

/** What each processor makes of its parameters. CloudWatchLogProcessing has no line: it is refused by name. */
const PROCESSORS: Readonly<Record<string, { names: readonly string[]; read: (parameters: Parameters) => Processing }>> =
  {
    AppendDelimiterToRecord: {
      names: ['Delimiter'],
      read({ Delimiter = '\\n' }) {
        const delimiter = Delimiter.replace(
          /\\([nrt])/g,
          (_, letter: string) => ({ n: '\n', r: '\r', t: '\t' })[letter] ?? '',
        )
        return { appendDelimiter: true, ...(delimiter !== '\n' && { delimiter }) }
      },
    },
    MetadataExtraction: {
      names: ['MetadataExtractionQuery', 'JsonParsingEngine'],
      read({ MetadataExtractionQuery = '', JsonParsingEngine }) {
        if (JsonParsingEngine !== 'JQ-1.6') throw refuse('MetadataExtraction.JsonParsingEngine', 'must be JQ-1.6')
        return { fields: jqFields(MetadataExtractionQuery) }
      },
    },
    Lambda: {
      names: ['LambdaArn', 'NumberOfRetries', 'RoleArn', 'BufferSizeInMBs', 'BufferIntervalInSeconds'],
      read({ LambdaArn = '', RoleArn, NumberOfRetries, BufferSizeInMBs, BufferIntervalInSeconds }) {
        const name =
          /^arn:aws:lambda:[a-z0-9-]+:\d{12}:function:([a-zA-Z0-9-_]{1,64}(?::(?:\$LATEST|[a-zA-Z0-9-_]{1,128}))?)$/.exec(
            LambdaArn,
          )?.[1]
        if (!name)
          throw refuse('Lambda.LambdaArn', 'must be arn:aws:lambda:region:account:function:name, or of a version of it')
        return {
          transform: {
            language: 'function',
            function: name,
            ...(RoleArn && { roleArn: RoleArn }),
            retries: numberOf('NumberOfRetries', NumberOfRetries, [0, 300], 3),
            sizeInMBs: numberOf('BufferSizeInMBs', BufferSizeInMBs, [0.2, 3], 1),
            intervalInSeconds: numberOf('BufferIntervalInSeconds', BufferIntervalInSeconds, [0, 900], 60),
          },
        }
      },
    },
    RecordDeAggregation: {
      names: ['SubRecordType', 'Delimiter'],
      read({ SubRecordType, Delimiter }) {
        if (SubRecordType === 'JSON') {
          if (Delimiter !== undefined)
            throw refuse('RecordDeAggregation.Delimiter', 'is for the SubRecordType DELIMITED')
          return { deaggregation: { type: 'JSON' } }
        }
        if (SubRecordType !== 'DELIMITED')
          throw refuse('RecordDeAggregation.SubRecordType', 'must be JSON or DELIMITED')
        const delimiter = Buffer.from(Delimiter ?? '', 'base64')
        if (delimiter.length === 0 || delimiter.toString('base64') !== Delimiter)
          throw refuse('RecordDeAggregation.Delimiter', 'must be a delimiter in base64')
        const text = delimiter.toString('utf8')
        if (!Buffer.from(text).equals(delimiter)) throw notHonoured('RecordDeAggregation.Delimiter that is not UTF-8')
        return { deaggregation: { type: 'DELIMITED', delimiter: text } }
      },
    },
    Decompression: {
      names: ['CompressionFormat'],
      read({ CompressionFormat }) {
        if (CompressionFormat !== 'GZIP') throw refuse('Decompression.CompressionFormat', 'must be GZIP')
        return { decompression: 'GZIP' }
      },
    },
  }

function numberOf(
  name: string,
  text: string | undefined,
  [min, max]: readonly [number, number],
  usual: number,
): number {
  const value = text === undefined ? usual : Number(text)
  const isWhole = name === 'BufferSizeInMBs' || Number.isInteger(value)
  if (text?.trim() === '' || !isWhole || !(value >= min && value <= max))
    throw refuse(`Lambda.${name}`, `must be a number from ${min} to ${max}`)
  return value
}

export function processingFrom(config: ProcessingConfiguration | undefined): Processing {
  if (!config?.Enabled) return {}
  const processing: Processing = {}
  const seen = new Set<string>()
  for (const { Type = '', Parameters = [] } of config.Processors ?? []) {
    const processor = PROCESSORS[Type]
    if (!processor) throw notHonoured(`ProcessingConfiguration processor ${Type}`)
    if (seen.has(Type)) throw refuse('ProcessingConfiguration', `has the processor ${Type} twice`)
    seen.add(Type)
    const strange = Parameters.find(({ ParameterName = '' }) => !processor.names.includes(ParameterName))
    if (strange) throw notHonoured(`${Type}.${strange.ParameterName}`)
    Object.assign(
      processing,
      processor.read(
        Object.fromEntries(Parameters.map(({ ParameterName, ParameterValue }) => [ParameterName, ParameterValue])),
      ),
    )
  }
  return processing
}

/** How processing reads in DescribeDeliveryStream, in the order in which it happens. */
export function describeProcessing(destination: S3Destination): ProcessingConfiguration {
  const { decompression, deaggregation, appendDelimiter, delimiter, transform } = destination
  const fields = destination.dynamicPartitioning?.fields ?? {}
  const Processors: Processor[] = []
  const add = (Type: NonNullable<Processor['Type']>, parameters: Record<string, string> = {}) => {
    const Parameters = Object.entries(parameters).map(([ParameterName, ParameterValue]) => ({
      ParameterName,
      ParameterValue,
    }))
    Processors.push({ Type, Parameters } as Processor)
  }
  if (decompression) add('Decompression', { CompressionFormat: decompression })
  if (deaggregation?.type === 'JSON') add('RecordDeAggregation', { SubRecordType: 'JSON' })
  else if (deaggregation)
    add('RecordDeAggregation', {
      SubRecordType: 'DELIMITED',
      Delimiter: Buffer.from(deaggregation.delimiter).toString('base64'),
    })
  if (transform?.language === 'function')
    add('Lambda', {
      LambdaArn: arn('lambda', `function:${transform.function}`),
      NumberOfRetries: String(transform.retries),
      BufferSizeInMBs: String(transform.sizeInMBs),
      BufferIntervalInSeconds: String(transform.intervalInSeconds),
      RoleArn: transform.roleArn ?? destination.roleArn ?? ROLE,
    })
  if (Object.keys(fields).length > 0) {
    const query = Object.entries(fields).map(([name, expression]) => `${name}:${jqOf(expression)}`)
    add('MetadataExtraction', { MetadataExtractionQuery: `{${query.join(',')}}`, JsonParsingEngine: 'JQ-1.6' })
  }
  if (appendDelimiter) add('AppendDelimiterToRecord', delimiter ? { Delimiter: delimiter } : {})
  return { Enabled: Processors.length > 0, Processors }
}
