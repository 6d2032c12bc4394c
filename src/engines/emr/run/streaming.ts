import type { JobSpecInput } from '../../mapreduce/contract.ts'
import { invalid } from '../errors.ts'

/** Options of Hadoop Streaming that take a value ("Hadoop Streaming", "Streaming Command Options"). */
const VALUED = [
  '-input',
  '-output',
  '-mapper',
  '-reducer',
  '-combiner',
  '-file',
  '-files',
  '-numReduceTasks',
  '-cmdenv',
  '-D',
]
const REDUCES = ['mapreduce.job.reduces', 'mapred.reduce.tasks']
const NAMES = ['mapreduce.job.name', 'mapred.job.name']

/** A job of ours from the arguments of Hadoop Streaming. What is not honoured is refused by its name. */
export function streamingJob(args: readonly string[], name: string, cluster: string): JobSpecInput {
  const given = new Map<string, string[]>(VALUED.map((option) => [option, []]))
  for (let at = 0; at < args.length; at++) {
    const option = args[at].startsWith('-D') && args[at].length > 2 ? '-D' : args[at].replace(/^--/, '-')
    const values = given.get(option)
    if (!values) throw invalid(`hadoop-streaming: ${args[at]} is not supported.`, 'Args')
    const value = args[at].length > 2 && option === '-D' && args[at] !== '-D' ? args[at].slice(2) : args[++at]
    if (value === undefined) throw invalid(`hadoop-streaming: ${option} needs a value.`, 'Args')
    values.push(value)
  }
  const one = (option: string): string | undefined => given.get(option)!.at(-1)
  const properties = new Map(given.get('-D')!.map((text) => pair(text)))
  const strange = [...properties.keys()].find((property) => !REDUCES.includes(property) && !NAMES.includes(property))
  if (strange !== undefined) throw invalid(`hadoop-streaming: the property ${strange} is not supported.`, 'Args')
  const property = (names: readonly string[]) =>
    names.map((each) => properties.get(each)).find((value) => value !== undefined)
  const [paths, path, mapper] = [given.get('-input')!, one('-output'), one('-mapper')]
  if (paths.length === 0 || path === undefined || mapper === undefined)
    throw invalid('hadoop-streaming needs -input, -output and -mapper.', 'Args')
  const reducer = one('-reducer') ?? 'NONE'
  const combiner = one('-combiner')
  const reducers = reducer === 'NONE' ? 0 : Number(one('-numReduceTasks') ?? property(REDUCES) ?? 1)
  return {
    name: property(NAMES) ?? name,
    cluster,
    input: { paths: paths.flatMap((text) => text.split(',')).map(uri), format: 'text' },
    map: { kind: 'command', argv: words(mapper) },
    ...(combiner !== undefined && { combine: { kind: 'command', argv: words(combiner) } }),
    ...(reducers > 0 && { reduce: { kind: 'command', argv: words(reducer) } }),
    reducers,
    output: { path: uri(path) },
    cache: [...given.get('-files')!, ...given.get('-file')!].flatMap((text) => text.split(',')).map(cached),
    environment: Object.fromEntries(given.get('-cmdenv')!.map((text) => pair(text))),
  }
}

/** A path without a scheme is one of HDFS. */
const uri = (path: string): string => (path.includes('://') ? path : `hdfs:///${path.replace(/^\//, '')}`)

/** `s3://bucket/mapper.py#m.py`: the file, and the name that it has for the task. */
function cached(text: string): { uri: string; name: string } {
  const [file, name = file.slice(file.lastIndexOf('/') + 1)] = text.split('#')
  return { uri: uri(file), name }
}

function pair(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 0) throw invalid(`hadoop-streaming: ${text} is no NAME=VALUE.`, 'Args')
  return [text.slice(0, at), text.slice(at + 1)]
}

/** As a shell tells them apart: by blanks, outside quotes. */
function words(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) => double ?? single ?? bare)
}
