import { LinesField, type Problems, TextField } from '../../../lib/index.ts'
import { Field, Select } from '../../../ui/index.ts'
import { ACTION_TITLES } from '../states.ts'
import { KINDS, type StepForm } from './steps.ts'

const ACTIONS = Object.entries(ACTION_TITLES).map(([value, label]) => ({
  value: value as keyof typeof ACTION_TITLES,
  label,
}))

const TEXTS = {
  command: {
    label: 'Command',
    help: 'Words as a shell parts them. For pipes: sh -c ‘…’',
    placeholder: 'sh -c "date; hostname"',
    rows: 2,
  },
  script: {
    label: 'Script and arguments',
    help: 's3://bucket/key, or a path in the workspace',
    placeholder: 's3://scripts/clean.sh today',
    rows: 2,
  },
  mapreduce: {
    label: 'Job specification',
    help: 'Its path in the workspace. It runs in the containers of this cluster.',
    placeholder: 'jobs/word-count.json',
    rows: 1,
  },
  hive: {
    label: 'SQL',
    help: 'Statements, or the path of a script: s3://bucket/key.sql',
    placeholder: 'SELECT count(*) FROM flights;',
    rows: 5,
  },
} as const

/** What a step runs, and what its failure means. */
export function StepFields({
  form,
  problems,
  onChange,
}: {
  form: StepForm
  problems: Problems
  onChange: (changes: Partial<StepForm>) => void
}) {
  const text = form.kind === 'streaming' ? null : TEXTS[form.kind === 'spark-sql' ? 'hive' : form.kind]
  const line = (name: 'input' | 'output' | 'mapper' | 'reducer' | 'files', label: string, placeholder: string) => (
    <TextField
      mono
      label={label}
      required={name !== 'reducer' && name !== 'files'}
      placeholder={placeholder}
      value={form[name]}
      error={problems[name]}
      onChange={(value) => onChange({ [name]: value })}
    />
  )
  return (
    <>
      <Field label="Runs">
        {({ invalid: _, ...ids }) => (
          <Select {...ids} value={form.kind} options={KINDS} onChange={(kind) => onChange({ kind })} />
        )}
      </Field>
      <TextField label="Step name" value={form.name} onChange={(name) => onChange({ name })} />
      {text ? (
        <LinesField
          {...text}
          required
          value={form.text}
          error={problems.text}
          onChange={(to) => onChange({ text: to })}
        />
      ) : (
        <>
          {line('input', 'Input', 's3://bucket/folder/ or hdfs:///folder')}
          {line('output', 'Output', 's3://bucket/result/')}
          {line('mapper', 'Mapper', 'python3 mapper.py')}
          {line('reducer', 'Reducer', 'empty: maps only')}
          {line('files', 'Files', 's3://bucket/mapper.py')}
        </>
      )}
      <Field label="If it fails" help="Cancel and wait: steps that wait are cancelled, the cluster stays.">
        {({ invalid: _, ...ids }) => (
          <Select {...ids} value={form.action} options={ACTIONS} onChange={(action) => onChange({ action })} />
        )}
      </Field>
    </>
  )
}
