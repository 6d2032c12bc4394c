import type { LifecycleRule } from '../../../../engines/lake/contract.ts'
import { LinesField, NumberField, TextField, useForm } from '../../../lib/index.ts'
import { Checkbox, Field, FieldRow, FormDialog, Select } from '../../../ui/index.ts'
import { lifecycleForm, lifecycleProblems, lifecycleRule } from './forms.ts'
import type { RuleDialogProps } from './rule-dialog.ts'

const EXPIRIES = [
  { value: 'days', label: 'Some days after they were put' },
  { value: 'date', label: 'On a day' },
  { value: 'markers', label: 'Delete markers that stand alone' },
  { value: 'never', label: 'Never' },
] as const

/** One rule of a bucket's lifecycle. */
export function LifecycleDialog({ rule, others, save, onClose }: RuleDialogProps<LifecycleRule>) {
  const ids = others.map(({ id }) => id)
  const { form, bind, change, problems, submit } = useForm(lifecycleForm(rule), (each) => lifecycleProblems(each, ids))
  return (
    <FormDialog
      title={rule ? `Lifecycle rule ${rule.id}` : 'Add lifecycle rule'}
      width={620}
      action="Save"
      pending={save.pending}
      error={save.error}
      failure="The rule was not saved"
      onClose={onClose}
      onConfirm={() => submit(() => void save.run(lifecycleRule(form)))}
    >
      <FieldRow pairs>
        <TextField label="Name" autoFocus {...bind('id')} />
        <TextField label="Prefix" help="Of the keys that it covers; all where empty" mono {...bind('prefix')} />
        <NumberField label="Larger than" unit="bytes" min={0} {...bind('largerThan')} />
        <NumberField label="Smaller than" unit="bytes" min={1} {...bind('smallerThan')} />
      </FieldRow>
      <LinesField label="Tags" help="name=value, one a line: an object has them all" rows={2} {...bind('tags')} />
      <FieldRow pairs>
        <Field label="Current objects are deleted" error={problems.expiry}>
          {({ invalid, ...control }) => (
            <Select
              {...control}
              {...(invalid && { invalid })}
              value={form.expiry}
              options={EXPIRIES}
              onChange={(expiry) => change({ expiry })}
            />
          )}
        </Field>
        {form.expiry === 'days' && <NumberField label="After" unit="days" min={1} {...bind('expireDays')} />}
        {form.expiry === 'date' && (
          <TextField
            label="Day"
            help="From its first moment on, UTC"
            placeholder="2027-01-31"
            {...bind('expireDate')}
          />
        )}
      </FieldRow>
      <FieldRow pairs>
        <NumberField label="Old versions are deleted after" unit="days" min={1} {...bind('noncurrentDays')} />
        <NumberField label="Newest old versions that stay" min={1} {...bind('noncurrentKept')} />
        <NumberField
          label="Uploads that were not completed end after"
          unit="days"
          min={1}
          {...bind('abortUploadDays')}
        />
      </FieldRow>
      <Checkbox checked={form.enabled} onChange={(enabled) => change({ enabled })}>
        The rule is on
      </Checkbox>
    </FormDialog>
  )
}
