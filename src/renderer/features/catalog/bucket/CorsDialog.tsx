import { CorsRule } from '../../../../engines/lake/contract.ts'
import { LinesField, NumberField, useForm } from '../../../lib/index.ts'
import { FieldRow, FormDialog } from '../../../ui/index.ts'
import { Choices } from './Choices.tsx'
import { corsForm, corsProblems, corsRule } from './forms.ts'
import type { RuleDialogProps } from './rule-dialog.ts'

const METHODS = CorsRule.shape.methods.element.options

/** Which pages of other origins may ask the bucket for what. */
export function CorsDialog({ rule, save, onClose }: RuleDialogProps<CorsRule>) {
  const { form, bind, change, problems, submit } = useForm(corsForm(rule), corsProblems)
  return (
    <FormDialog
      title={rule ? 'CORS rule' : 'Add CORS rule'}
      width={620}
      action="Save"
      pending={save.pending}
      error={save.error}
      failure="The rule was not saved"
      onClose={onClose}
      onConfirm={() => submit(() => void save.run(corsRule(form, rule?.id)))}
    >
      <LinesField
        label="Origins"
        help="One a line, with at most one *"
        placeholder="https://example.com"
        rows={2}
        {...bind('origins')}
      />
      <Choices
        label="Methods"
        error={problems.methods}
        options={METHODS}
        chosen={form.methods}
        onChange={(methods) => change({ methods })}
      />
      <FieldRow pairs>
        <LinesField label="Headers that may be sent" help="One a line; * for all" rows={2} {...bind('headers')} />
        <LinesField label="Headers that may be read" help="One a line, such as ETag" rows={2} {...bind('exposed')} />
        <NumberField label="Browsers keep the answer for" unit="s" min={0} {...bind('maxAgeSeconds')} />
      </FieldRow>
    </FormDialog>
  )
}
