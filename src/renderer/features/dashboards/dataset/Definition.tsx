import type { Dispatch, SetStateAction } from 'react'
import type { DataSet, PrepareStep } from '../../../../engines/bi/contract.ts'
import type { EngineError } from '../../../../engines/kit/pure/errors.ts'
import { ErrorView, Field, Input, Section, Select } from '../../../ui/index.ts'
import styles from './dataset.module.css'
import { type Draft, idOf } from './draft.ts'
import { SourceForm } from './SourceForm.tsx'
import { Steps } from './Steps.tsx'

/** The form of a data set: what it is called, where its rows come from, how they are prepared. Errors stand at their fields. */
export function Definition({
  draft,
  isNew,
  columns,
  saveError,
  previewError,
  onChange,
}: {
  draft: Draft
  isNew: boolean
  columns: DataSet['columns']
  saveError: EngineError | undefined
  previewError: EngineError | undefined
  onChange: Dispatch<SetStateAction<Draft>>
}) {
  const field = (name: string) => [saveError, previewError].find((error) => error?.at?.field?.startsWith(name))?.message
  return (
    <div className={styles.definition}>
      {saveError && <ErrorView compact title="The data set was not saved" error={saveError} />}
      <div className={styles.facts}>
        <Field label="Name" error={field('name')}>
          {({ invalid, ...ids }) => (
            <Input
              {...ids}
              invalid={invalid}
              value={draft.name}
              placeholder="Sales by day"
              onChange={(name) => onChange((d) => ({ ...d, name, ...(isNew && { id: idOf(name) }) }))}
            />
          )}
        </Field>
        <Field label="Id" error={field('id')} help={isNew ? undefined : 'Visuals name it by this'}>
          {({ invalid, ...ids }) => (
            <Input
              {...ids}
              mono
              invalid={invalid}
              disabled={!isNew}
              value={draft.id}
              onChange={(next) => onChange((d) => ({ ...d, id: next }))}
            />
          )}
        </Field>
        <Field label="Kept" error={field('mode')}>
          {({ invalid: _, ...ids }) => (
            <Select
              {...ids}
              value={draft.mode}
              options={[
                { value: 'SPICE', label: 'In SPICE', detail: 'fast, as old as its refresh' },
                { value: 'DIRECT_QUERY', label: 'At its source', detail: 'asked each time' },
              ]}
              onChange={(mode: Draft['mode']) => onChange((d) => ({ ...d, mode }))}
            />
          )}
        </Field>
      </div>
      <Section title="Source">
        <SourceForm
          source={draft.source}
          error={field('source')}
          place={(saveError ?? previewError)?.at}
          onChange={(source) => onChange((d) => ({ ...d, source }))}
        />
      </Section>
      <Section title="Preparation" badge={draft.steps.length || undefined}>
        <Steps
          steps={draft.steps}
          columns={columns}
          dataSet={draft.id}
          error={
            stepError(saveError?.at?.path, saveError?.message) ??
            stepError(previewError?.at?.path, previewError?.message)
          }
          onChange={(steps: PrepareStep[]) => onChange((d) => ({ ...d, steps }))}
        />
      </Section>
    </div>
  )
}

function stepError(
  path: string | undefined,
  message: string | undefined,
): { index: number; message: string } | undefined {
  const index = /^steps[.[](\d+)/.exec(path ?? '')?.[1]
  return index !== undefined && message ? { index: Number(index), message } : undefined
}
