import type { StepInput } from '../../../../engines/emr/contract.ts'
import { type Problems, wordsOf } from '../../../lib/index.ts'

export const KINDS = [
  { value: 'command', label: 'Command', detail: 'any program, on the primary node' },
  { value: 'script', label: 'Script', detail: 'a shell script of the lake or workspace' },
  { value: 'streaming', label: 'Hadoop Streaming', detail: 'commands as map and reduce' },
  { value: 'mapreduce', label: 'MapReduce', detail: 'a job specification' },
  { value: 'hive', label: 'Hive SQL', detail: 'on the embedded engine' },
  { value: 'spark-sql', label: 'Spark SQL', detail: 'on the embedded engine, or Spark where it is set' },
] as const
export type Kind = (typeof KINDS)[number]['value']

export interface StepForm {
  readonly kind: Kind
  readonly name: string
  readonly action: StepInput['actionOnFailure']
  /** A command, a script with its arguments, a specification's path, or SQL. */
  readonly text: string
  readonly input: string
  readonly output: string
  readonly mapper: string
  readonly reducer: string
  readonly files: string
}

export const EMPTY_STEP: StepForm = {
  kind: 'command',
  name: '',
  action: 'CONTINUE',
  text: '',
  input: '',
  output: '',
  mapper: '',
  reducer: '',
  files: '',
}

const FILE = /^\S+\.(sql|hql|q)$/

/** The step as the service takes it: a jar that runs commands, and its arguments. */
export function stepOf(form: StepForm): StepInput {
  const title = KINDS.find(({ value }) => value === form.kind)!.label
  return {
    name: form.name.trim() || title,
    actionOnFailure: form.action,
    properties: {},
    ...runOf(form),
  }
}

function runOf({ kind, text, input, output, mapper, reducer, files }: StepForm): Pick<StepInput, 'jar' | 'args'> {
  const given = text.trim()
  switch (kind) {
    case 'command':
      return { jar: 'command-runner.jar', args: wordsOf(given) }
    case 'script':
      return { jar: 'script-runner.jar', args: wordsOf(given) }
    case 'mapreduce':
      return { jar: 'millrace-mapreduce.jar', args: [given] }
    case 'streaming': {
      const shipped = files.split(/[\s,]+/).filter(Boolean)
      const args = ['-input', input.trim(), '-output', output.trim(), '-mapper', mapper.trim()]
      return {
        jar: 'command-runner.jar',
        args: [
          'hadoop-streaming',
          ...(shipped.length > 0 ? ['-files', shipped.join(',')] : []),
          ...args,
          ...(reducer.trim() ? ['-reducer', reducer.trim()] : []),
        ],
      }
    }
    default:
      return { jar: 'command-runner.jar', args: [kind, FILE.test(given) ? '-f' : '-e', given] }
  }
}

/** What is missing, by field. */
export function stepProblems({ kind, text, input, output, mapper }: StepForm): Problems {
  const missing = (value: string, problem: string) => (value.trim() === '' ? problem : undefined)
  if (kind !== 'streaming') return { text: missing(text, 'This is what the step runs') }
  return {
    input: missing(input, 'What it reads'),
    output: missing(output, 'A folder that is not there yet'),
    mapper: missing(mapper, 'A command'),
  }
}
