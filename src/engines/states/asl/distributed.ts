import { DISTRIBUTED } from './fields.ts'
import { isObject } from './types.ts'

type Node = Record<string, unknown>
/** Takes what is wrong, and where. */
type Report = (message: string, location: string) => void

const READERS = ['arn:aws:states:::s3:getObject', 'arn:aws:states:::s3:listObjectsV2']
const READER_FIELDS = 'InputType CSVHeaderLocation CSVHeaders CSVDelimiter ItemsPointer MaxItems MaxItemsPath'.split(
  ' ',
)
const BATCH_SIZES = ['MaxItemsPerBatch', 'MaxItemsPerBatchPath', 'MaxInputBytesPerBatch', 'MaxInputBytesPerBatchPath']
const LABEL_MAX = 40

/** What is wrong with the fields by which a Map is distributed, or with having them where it is not. */
export function checkDistributed(
  node: Node,
  at: string,
  processor: Node,
  argumentsField: string,
  report: Report,
): void {
  const config = isObject(processor.ProcessorConfig) ? (processor.ProcessorConfig as Node) : {}
  if (config.Mode !== 'DISTRIBUTED') {
    for (const name of DISTRIBUTED)
      if (node[name] !== undefined) report(`Field '${name}' is of a Map in the Mode DISTRIBUTED`, `${at}/${name}`)
    return
  }
  if (config.ExecutionType !== 'STANDARD' && config.ExecutionType !== 'EXPRESS')
    report("'ExecutionType' is 'STANDARD' or 'EXPRESS'", `${at}/ItemProcessor/ProcessorConfig/ExecutionType`)
  const { Label: label, ItemReader: reader, ItemBatcher: batcher, ResultWriter: writer } = node
  if (label !== undefined && (typeof label !== 'string' || !/^[^\s?*<>{}[\]:;,\\|^~$#%&`"]{1,40}$/.test(label)))
    report(`A 'Label' has 1 to ${LABEL_MAX} characters, and none that a name may not have`, `${at}/Label`)
  if (reader !== undefined) checkReader(reader, `${at}/ItemReader`, argumentsField, report)
  if (batcher !== undefined) {
    known(batcher, `${at}/ItemBatcher`, [...BATCH_SIZES, 'BatchInput'], report)
    if (isObject(batcher) && !BATCH_SIZES.some((name) => batcher[name] !== undefined))
      report(`An ItemBatcher has one of ${BATCH_SIZES.join(', ')}`, `${at}/ItemBatcher`)
  }
  if (writer !== undefined) checkWriter(writer, `${at}/ResultWriter`, argumentsField, report)
}

function known(node: unknown, at: string, names: readonly string[], report: Report): node is Node {
  if (!isObject(node)) {
    report('The value is an object', at)
    return false
  }
  for (const name of Object.keys(node))
    if (!names.includes(name)) report(`Millrace does not support ${name}`, `${at}/${name}`)
  return true
}

function oneOf(node: Node, name: string, values: readonly string[], at: string, report: Report): void {
  const value = node[name]
  if (value !== undefined && !values.includes(value as string))
    report(`Millrace does not support the ${name} ${value}: it is one of ${values.join(', ')}`, `${at}/${name}`)
}

function checkReader(reader: unknown, at: string, argumentsField: string, report: Report): void {
  if (!known(reader, at, ['Resource', 'ReaderConfig', argumentsField], report)) return
  if (!READERS.includes(reader.Resource as string))
    report(`The Resource of an ItemReader is one of ${READERS.join(', ')}`, `${at}/Resource`)
  if (!isObject(reader[argumentsField])) report(`The field '${argumentsField}' is required but was missing`, at)
  const config = reader.ReaderConfig ?? {}
  const place = `${at}/ReaderConfig`
  if (!known(config, place, READER_FIELDS, report)) return
  oneOf(config, 'InputType', ['CSV', 'JSON', 'JSONL'], place, report)
  oneOf(config, 'CSVDelimiter', ['COMMA', 'PIPE', 'SEMICOLON', 'SPACE', 'TAB'], place, report)
  oneOf(config, 'CSVHeaderLocation', ['FIRST_ROW', 'GIVEN'], place, report)
  if (reader.Resource === READERS[0] && config.InputType === undefined)
    report("The field 'InputType' is required but was missing", `${place}/InputType`)
  if (config.InputType === 'CSV' && config.CSVHeaderLocation === undefined)
    report("The field 'CSVHeaderLocation' is required but was missing", `${place}/CSVHeaderLocation`)
  if (config.CSVHeaderLocation === 'GIVEN' && !Array.isArray(config.CSVHeaders))
    report("The field 'CSVHeaders' is required but was missing", `${place}/CSVHeaders`)
}

function checkWriter(writer: unknown, at: string, argumentsField: string, report: Report): void {
  if (!known(writer, at, ['Resource', 'WriterConfig', argumentsField], report)) return
  const { Resource: resource, WriterConfig: config } = writer
  if (resource !== undefined && resource !== 'arn:aws:states:::s3:putObject')
    report('The Resource of a ResultWriter is arn:aws:states:::s3:putObject', `${at}/Resource`)
  const place = writer[argumentsField]
  if ((resource === undefined) !== (place === undefined))
    report(`A ResultWriter has both of 'Resource' and '${argumentsField}', or neither`, at)
  if (resource === undefined && config === undefined) report('A ResultWriter is not empty', at)
  if (config === undefined || !known(config, `${at}/WriterConfig`, ['Transformation', 'OutputType'], report)) return
  oneOf(config, 'Transformation', ['NONE', 'COMPACT', 'FLATTEN'], `${at}/WriterConfig`, report)
  oneOf(config, 'OutputType', ['JSON', 'JSONL'], `${at}/WriterConfig`, report)
}
