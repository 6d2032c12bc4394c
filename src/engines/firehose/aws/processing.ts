import type { ProcessingConfiguration, Processor } from '@aws-sdk/client-firehose'
import type { S3Destination } from '../contract.ts'
import { jqFields, jqOf } from './jq.ts'
import { notHonoured, refuse } from './refuse.ts'

export type Processing = Partial<
  Pick<S3Destination, 'appendDelimiter' | 'delimiter' | 'decompression' | 'deaggregation'>
> & {
  /** Of MetadataExtraction. */
  fields?: Record<string, string>
}

type Parameters = Readonly<Record<string, string>>

/** What each processor makes of its parameters. Lambda and CloudWatchLogProcessing have no line: they are refused by name. */
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
  const { decompression, deaggregation, appendDelimiter, delimiter } = destination
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
  if (Object.keys(fields).length > 0) {
    const query = Object.entries(fields).map(([name, expression]) => `${name}:${jqOf(expression)}`)
    add('MetadataExtraction', { MetadataExtractionQuery: `{${query.join(',')}}`, JsonParsingEngine: 'JQ-1.6' })
  }
  if (appendDelimiter) add('AppendDelimiterToRecord', delimiter ? { Delimiter: delimiter } : {})
  return { Enabled: Processors.length > 0, Processors }
}
