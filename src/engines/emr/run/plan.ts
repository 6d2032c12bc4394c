import { basename, join } from 'node:path'
import type { JobSpecInput } from '../../mapreduce/contract.ts'
import type { StepInput } from '../contract.ts'
import { invalid } from '../errors.ts'
import type { Runtimes } from './runtimes.ts'
import { streamingJob } from './streaming.ts'

/** A script, given by its text or as a file (`s3://bucket/key`, or a path in the workspace). */
export type Script = { readonly text: string } | { readonly file: string }

/** What a step does. */
export type Plan =
  /** `$N` of `scripts[N]` in the command stands for the file that the script was brought to. */
  | { readonly kind: 'process'; readonly command: readonly string[]; readonly scripts: readonly Script[] }
  | { readonly kind: 'mapreduce'; readonly spec: JobSpecInput | { readonly file: string } }
  | {
      readonly kind: 'sql'
      readonly dialect: 'hive' | 'spark'
      readonly script: Script
      readonly variables: Record<string, string>
    }
  | { readonly kind: 'copy'; readonly from: string; readonly to: string }

export interface PlanContext {
  readonly runtimes: Runtimes
  readonly cluster: string
  readonly workspaceDirectory: string
}

/** What a step runs, or why it cannot: `InvalidRequestException` that says what to do. */
export function planOf(step: StepInput, context: PlanContext): Plan {
  const { args } = step
  switch (basename(step.jar)) {
    case 'command-runner.jar':
      return commandPlan(args, context)
    case 'script-runner.jar':
      if (args.length === 0)
        throw invalid('script-runner.jar needs the path of a script as its first argument.', 'Args')
      return { kind: 'process', command: ['$0', ...args.slice(1)], scripts: [{ file: args[0] }] }
    case 'hadoop-streaming.jar':
      return { kind: 'mapreduce', spec: streamingJob(args, step.name, context.cluster) }
    case 'millrace-mapreduce.jar':
      if (args.length !== 1) throw invalid('millrace-mapreduce.jar needs the path of a job specification.', 'Args')
      return { kind: 'mapreduce', spec: { file: args[0] } }
    default:
      return jarPlan(step, context)
  }
}

function commandPlan([program, ...args]: readonly string[], context: PlanContext): Plan {
  const { runtimes } = context
  switch (program) {
    case undefined:
      throw invalid('command-runner.jar needs a command as its arguments.', 'Args')
    case 'hadoop-streaming':
      return { kind: 'mapreduce', spec: streamingJob(args, 'streaming job', context.cluster) }
    case 's3-dist-cp':
      return copyPlan(args)
    case 'hive-script':
      return sqlPlan(
        'hive',
        args.filter((arg) => arg !== '--run-hive-script' && arg !== '--args'),
        context,
      )
    case 'hive':
    case 'spark-sql':
      return sqlPlan(program === 'hive' ? 'hive' : 'spark', args, context)
    case 'spark-submit':
    case 'pyspark':
    case 'spark-shell':
      return sparkPlan(program, args, context)
    case 'flink':
      return flinkPlan(args, context)
    case 'hadoop':
    case 'hdfs':
    case 'yarn':
    case 'mapred':
      if (runtimes.hadoopHome === undefined) throw missing(program, HADOOP)
      return processPlan([join(runtimes.hadoopHome, 'bin', program)], args, context)
    case 'trino-cli':
    case 'presto-cli': {
      if (!runtimes.trinoCli)
        throw missing(program, 'TRINO_CLI to the command-line client of a Trino and TRINO_SERVER to its address')
      return processPlan([runtimes.trinoCli, '--server', runtimes.trinoServer], args, context, (_, before) =>
        /^(-f|--file)$/.test(before),
      )
    }
    case 'pig-script':
    case 'pig':
    case 'hbase':
      throw invalid(
        `${program} is not supported by Millrace: write the step in SQL, as MapReduce or for Spark.`,
        'Args',
      )
    default:
      return { kind: 'process', command: [program, ...args], scripts: [] }
  }
}

/** `hadoop jar`, or the same of the Hadoop client that Spark has among its own jars. */
function jarPlan({ jar, mainClass, args }: StepInput, context: PlanContext): Plan {
  const { hadoopHome, sparkHome } = context.runtimes
  const main = mainClass === undefined ? [] : [mainClass]
  if (hadoopHome !== undefined)
    return processPlan([join(hadoopHome, 'bin/hadoop'), 'jar'], [jar, ...main, ...args], context, isFirst)
  if (sparkHome === undefined) throw missing(`The jar ${jar}`, `${HADOOP}, or SPARK_HOME to one of Spark`)
  const command = [join(sparkHome, 'bin/spark-class'), 'org.apache.hadoop.util.RunJar']
  return processPlan(command, [jar, ...main, ...args], context, isFirst)
}

/** On Spark itself where it is configured, else on the embedded engine. */
function sqlPlan(dialect: 'hive' | 'spark', args: readonly string[], context: PlanContext): Plan {
  const variables: Record<string, string> = {}
  let script: Script | undefined
  for (let at = 0; at < args.length; at++) {
    const [arg, value] = [args[at], args[at + 1]]
    if (arg === '-f' && value !== undefined) script = { file: value }
    else if (arg === '-e' && value !== undefined) script = { text: value }
    else if (/^(-d|--define|--hivevar|--hiveconf|-hiveconf|--conf)$/.test(arg) && value?.includes('='))
      variables[value.slice(0, value.indexOf('='))] = value.slice(value.indexOf('=') + 1)
    else if (dialect === 'spark' && context.runtimes.sparkHome !== undefined) continue
    else throw invalid(`${arg} is not supported: -f FILE, -e TEXT and -d NAME=VALUE are.`, 'Args')
    at++
  }
  if (!script) throw invalid('A script is needed: -f FILE or -e TEXT.', 'Args')
  if (dialect === 'spark' && context.runtimes.sparkHome !== undefined) {
    const others = Object.entries(variables).flatMap(([name, value]) => ['-d', `${name}=${value}`])
    const command = [join(context.runtimes.sparkHome, 'bin/spark-sql'), '--master', context.runtimes.sparkMaster]
    return { kind: 'process', command: [...command, ...others, '-f', '$0'], scripts: [script] }
  }
  return { kind: 'sql', dialect, script, variables }
}

/** There is no YARN: the master is the configured one, and the driver runs here. */
function sparkPlan(program: string, args: readonly string[], context: PlanContext): Plan {
  const { sparkHome, sparkMaster } = context.runtimes
  if (sparkHome === undefined)
    throw missing(program, 'SPARK_HOME to an installation of Spark (and SPARK_MASTER to its cluster)')
  const own = without(args, ['--master', '--deploy-mode'])
  return processPlan([join(sparkHome, 'bin', program), '--master', sparkMaster], own, context)
}

/** As with Spark, the cluster is the configured one. */
function flinkPlan([action = '', ...args]: readonly string[], context: PlanContext): Plan {
  const { flinkHome, flinkJobManager } = context.runtimes
  if (flinkHome === undefined)
    throw missing('flink', 'FLINK_HOME to an installation of Flink (and FLINK_JOB_MANAGER to its cluster)')
  const command = [join(flinkHome, 'bin/flink'), action, '-m', flinkJobManager]
  return processPlan(command, without(args, ['-m', '--jobmanager', '-t', '--target']), context, (arg) =>
    arg.endsWith('.jar'),
  )
}

/** Without those options and their values. */
function without(args: readonly string[], options: readonly string[]): string[] {
  return args.filter((arg, at) => !options.includes(arg) && !options.includes(args[at - 1]))
}

/** Objects of the lake are files of this machine to a program that knows no S3; those that it cannot open by an address are brought to it. */
function processPlan(
  command: readonly string[],
  args: readonly string[],
  context: PlanContext,
  isBrought: (arg: string, before: string) => boolean = () => false,
): Plan {
  const scripts: Script[] = []
  const own = args.map((arg, at) =>
    isBrought(arg, args[at - 1] ?? '') ? `$${scripts.push({ file: arg }) - 1}` : localPath(arg, context),
  )
  return { kind: 'process', command: [...command, ...own], scripts }
}

const isFirst = (_: string, before: string): boolean => before === ''

function copyPlan(args: readonly string[]): Plan {
  const given = new Map<string, string>()
  for (let at = 0; at < args.length; at++) {
    const [name, value] = args[at].includes('=') ? args[at].split('=', 2) : [args[at], args[++at] ?? '']
    if (name !== '--src' && name !== '--dest')
      throw invalid(`s3-dist-cp: ${name} is not supported: --src and --dest are.`, 'Args')
    given.set(name, value)
  }
  const [from, to] = [given.get('--src'), given.get('--dest')]
  if (!from || !to) throw invalid('s3-dist-cp needs --src and --dest.', 'Args')
  return { kind: 'copy', from, to }
}

/** Each `s3://bucket/key` in a text as the file that it is in the workspace's lake. */
export function localPath(text: string, { workspaceDirectory }: Pick<PlanContext, 'workspaceDirectory'>): string {
  return text.replaceAll(/\bs3[an]?:\/\/(?=[a-z0-9])/g, `file://${workspaceDirectory}/lake/`)
}

const HADOOP = 'HADOOP_HOME to an installation of Hadoop'

const missing = (what: string, setting: string) =>
  invalid(
    `${what} has no engine in Millrace. Set ${setting}, in the environment or in emr.json, and it runs there.`,
    'Args',
  )
