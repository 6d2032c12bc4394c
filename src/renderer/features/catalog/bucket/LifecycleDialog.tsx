import type { LifecycleRule } from '../../../../engines/lake/contract.ts'
import { LinesField, NumberField, TextField, useForm } from '../../../lib/index.ts'
import { Checkbox, Field, FormDialog, Select } from '../../../ui/index.ts'
import styles from '../catalog.module.css'
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
  const { form, change, problems, submit } = useForm(lifecycleForm(rule), (each) => lifecycleProblems(each, ids))
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
      <div className={styles.pair}>
        <TextField label="Name" autoFocus value={form.id} error={problems.id} onChange={(id) => change({ id })} />
        <TextField
          label="Prefix"
          help="Of the keys that it covers; all where empty"
          mono
          value={form.prefix}
          onChange={(prefix) => change({ prefix })}
        />
        <NumberField
          label="Larger than"
          unit="bytes"
          min={0}
          value={form.largerThan}
          onChange={(largerThan) => change({ largerThan })}
        />
        <NumberField
          label="Smaller than"
          unit="bytes"
          min={1}
          value={form.smallerThan}
          error={problems.smallerThan}
          onChange={(smallerThan) => change({ smallerThan })}
        />
      </div>
      <LinesField
        label="Tags"
        help="name=value, one a line: an object has them all"
        rows={2}
        value={form.tags}
        onChange={(tags) => change({ tags })}
      />
      <div className={styles.pair}>
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
        {form.expiry === 'days' && (
          <NumberField
            label="After"
            unit="days"
            min={1}
            value={form.expireDays}
            error={problems.expireDays}
            onChange={(expireDays) => change({ expireDays })}
          />
        )}
        {form.expiry === 'date' && (
          <TextField
            label="Day"
            help="From its first moment on, UTC"
            placeholder="2027-01-31"
            value={form.expireDate}
            error={problems.expireDate}
            onChange={(expireDate) => change({ expireDate })}
          />
        )}
      </div>
      <div className={styles.pair}>
        <NumberField
          label="Old versions are deleted after"
          unit="days"
          min={1}
          value={form.noncurrentDays}
          error={problems.noncurrentDays}
          onChange={(noncurrentDays) => change({ noncurrentDays })}
        />
        <NumberField
          label="Newest old versions that stay"
          min={1}
          value={form.noncurrentKept}
          onChange={(noncurrentKept) => change({ noncurrentKept })}
        />
        <NumberField
          label="Uploads that were not completed end after"
          unit="days"
          min={1}
          value={form.abortUploadDays}
          error={problems.abortUploadDays}
          onChange={(abortUploadDays) => change({ abortUploadDays })}
        />
      </div>
      <Checkbox checked={form.enabled} onChange={(enabled) => change({ enabled })}>
        The rule is on
      </Checkbox>
    </FormDialog>
  )
}
