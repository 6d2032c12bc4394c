import { type Notification, S3_EVENTS } from '../../../../engines/lake/contract.ts'
import { TextField, useCall, useForm } from '../../../lib/index.ts'
import { Combobox, Field, FieldRow, FormDialog } from '../../../ui/index.ts'
import { Choices } from './Choices.tsx'
import { notificationForm, notificationProblems } from './forms.ts'
import type { RuleDialogProps } from './rule-dialog.ts'

/** A function that is told of changes in the bucket. */
export function NotificationDialog({ rule, others, save, onClose }: RuleDialogProps<Notification>) {
  const ids = others.map(({ id }) => id)
  const { form, bind, change, problems, submit } = useForm(notificationForm(rule), (each) =>
    notificationProblems(each, ids),
  )
  const functions = useCall((clients, signal) => clients.functions.listFunctions({}, { signal }), [])
  return (
    <FormDialog
      title={rule ? `Notification ${rule.id}` : 'Add notification'}
      width={620}
      action="Save"
      pending={save.pending}
      error={save.error}
      failure="The notification was not saved"
      onClose={onClose}
      onConfirm={() => submit(() => void save.run(form))}
    >
      <FieldRow pairs>
        <TextField label="Name" autoFocus {...bind('id')} />
        <Field label="Function" error={problems.function}>
          {({ invalid, ...control }) => (
            <Combobox
              {...control}
              {...(invalid && { invalid })}
              value={form.function}
              options={(functions.data ?? []).map(({ name }) => ({ value: name, label: name }))}
              onChange={(name) => change({ function: name })}
            />
          )}
        </Field>
        <TextField label="Prefix" help="Of the keys; all where empty" mono {...bind('prefix')} />
        <TextField label="Suffix" help="Such as .csv" mono {...bind('suffix')} />
      </FieldRow>
      <Choices
        label="Events"
        error={problems.events}
        options={S3_EVENTS}
        chosen={form.events}
        onChange={(events) => change({ events })}
      />
    </FormDialog>
  )
}
