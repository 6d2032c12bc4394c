import { useEffect, useState } from 'react'
import { Button, Dialog, Field, Select, TextArea } from '../../../ui/index.ts'
import styles from '../streams.module.css'
import type { Choice, Format } from './decoders/decoder.ts'
import { type Checked, checkChoice } from './decoding.ts'

export const FORMATS: readonly { value: Format; label: string; detail: string }[] = [
  { value: 'auto', label: 'Auto', detail: 'by what the bytes say' },
  { value: 'json', label: 'JSON', detail: 'pretty, or as a tree' },
  { value: 'avro', label: 'Avro', detail: 'files, single objects, framed or bare' },
  { value: 'protobuf', label: 'Protobuf', detail: 'by a .proto file' },
  { value: 'text', label: 'Text', detail: 'UTF-8' },
  { value: 'hex', label: 'Hex', detail: 'the bytes as they are' },
]

/** Whether what was chosen cannot be read without a schema that is not there. */
export function needsSchema({ format, avro, proto }: Choice): boolean {
  return (format === 'avro' && avro.trim() === '') || (format === 'protobuf' && proto.trim() === '')
}

const FINE: Checked = { problems: {}, messages: [] }

/** Takes schemas for a stream's records; they are checked while one types, and remembered with the stream. */
export function SchemaDialog({
  choice,
  onClose,
  onDone,
}: {
  choice: Choice
  onClose: () => void
  onDone: (choice: Choice) => void
}) {
  const [draft, setDraft] = useState(choice)
  const [checked, setChecked] = useState(FINE)
  const { avro, proto, message } = draft
  useEffect(() => {
    let current = true
    const timer = setTimeout(
      () =>
        void checkChoice({ format: 'auto', avro, proto, message: '' }).then((found) => current && setChecked(found)),
      200,
    )
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [avro, proto])
  const { problems, messages } = checked
  const bad = problems.avro !== undefined || problems.proto !== undefined
  return (
    <Dialog
      open
      onClose={onClose}
      title="How to read records"
      description="Compressed records and those that KPL aggregated are opened first. An Avro file brings its own schema."
      width={640}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            disabled={bad}
            onClick={() => {
              onDone({ ...draft, message: messages.includes(message) ? message : '' })
              onClose()
            }}
          >
            Use
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <Field label="Read data as">
          {({ invalid: _, ...ids }) => (
            <Select
              {...ids}
              value={draft.format}
              options={FORMATS}
              onChange={(format) => setDraft({ ...draft, format })}
            />
          )}
        </Field>
        <Field
          label="Avro schema"
          help="JSON. For single objects, Confluent's and Glue's frames, and bare values where Avro is chosen"
          error={problems.avro}
        >
          {({ invalid, ...ids }) => (
            <TextArea
              {...ids}
              invalid={invalid}
              mono
              rows={7}
              value={avro}
              placeholder={'{ "type": "record", "name": "Flight", "fields": […] }'}
              onChange={(next) => setDraft({ ...draft, avro: next })}
            />
          )}
        </Field>
        <Field label="Protobuf" help="A .proto file, with what it imports in it" error={problems.proto}>
          {({ invalid, ...ids }) => (
            <TextArea
              {...ids}
              invalid={invalid}
              mono
              rows={7}
              value={proto}
              placeholder={'syntax = "proto3"; message Flight { string origin = 1; }'}
              onChange={(next) => setDraft({ ...draft, proto: next })}
            />
          )}
        </Field>
        {messages.length > 0 && (
          <Field label="Message">
            {({ invalid: _, ...ids }) => (
              <Select
                {...ids}
                value={messages.includes(message) ? message : messages[0]}
                options={messages.map((name) => ({ value: name, label: name }))}
                onChange={(next) => setDraft({ ...draft, message: next })}
              />
            )}
          </Field>
        )}
      </div>
    </Dialog>
  )
}
