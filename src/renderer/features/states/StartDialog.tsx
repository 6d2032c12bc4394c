import { useState } from 'react'
import { CodeEditor } from '../../lib/code-editor/index.ts'
import { isJson, openView, useAction, useRemembered } from '../../lib/index.ts'
import { Field, FormDialog, Input } from '../../ui/index.ts'
import styles from './states.module.css'
import { TEMPLATES } from './templates.ts'

export function StartDialog({ open, machine, onClose }: { open: boolean; machine: string; onClose: () => void }) {
  const [name, setName] = useState('')
  const [input, setInput] = useRemembered(`states.input.${machine}`, TEMPLATES[0].input as string)
  const start = useAction(
    (clients, signal) => clients.states.start({ machineArn: machine, ...(name !== '' && { name }), input }, { signal }),
    {
      onDone: ({ executionArn }) => {
        setName('')
        onClose()
        openView('states.execution', { arn: executionArn })
      },
    },
  )
  return (
    <FormDialog
      open={open}
      title={`Start an execution of ${machine}`}
      width={560}
      action="Start"
      disabled={!isJson(input)}
      pending={start.pending}
      error={start.error}
      failure="The execution was not started"
      onClose={onClose}
      onConfirm={() => void start.run()}
    >
      <Field label="Name" help="Left empty, it gets one">
        {({ invalid: _, ...ids }) => <Input {...ids} value={name} onChange={setName} />}
      </Field>
      <Field label="Input" error={isJson(input) ? undefined : 'This is not JSON.'}>
        {() => (
          <div className={styles.editor}>
            <CodeEditor
              label="Input of the execution"
              language="pipeline"
              value={input}
              onChange={setInput}
              onRun={() => void start.run()}
            />
          </div>
        )}
      </Field>
    </FormDialog>
  )
}
