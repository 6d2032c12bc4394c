import { Send } from 'lucide-react'
import { useState } from 'react'
import { PRODUCERS, type Producer, startProducer } from '../../../../engines/pipeline/produce.ts'
import { fieldErrors, SchemaForm, useAction, useChoices, useCommands } from '../../../lib/index.ts'
import { Button, Dialog, ErrorView, Field, Select } from '../../../ui/index.ts'
import styles from './produce.module.css'
import { RunningProducers } from './RunningProducers.tsx'
import { useSendDialog } from './sendDialog.ts'

type Name = Producer['name']

const OPTIONS = PRODUCERS.map(({ name, title }) => ({ value: name, label: title }))

/** The button of a stream's monitor, and its dialog: a producer, its settings, and what sends already. */
export function SendRecords({ stream }: { stream: string }) {
  const open = useSendDialog((state) => state.stream === stream)
  const show = () => useSendDialog.setState({ stream })
  useCommands(() => [{ id: 'streams.send', title: 'Send records…', group: 'Streams', run: show }], [stream])
  return (
    <>
      <Button size="s" icon={<Send size={13} />} onClick={show}>
        Send records…
      </Button>
      {open && <SendDialog stream={stream} onClose={() => useSendDialog.setState({ stream: null })} />}
    </>
  )
}

function SendDialog({ stream, onClose }: { stream: string; onClose: () => void }) {
  const [name, setName] = useState<Name>('clickstream')
  const [settings, setSettings] = useState<Partial<Record<Name, Record<string, unknown>>>>({})
  const [started, setStarted] = useState<readonly string[]>([])
  const choices = useChoices()
  const producer = PRODUCERS.find((one) => one.name === name)!
  const value = settings[name] ?? {}
  const start = useAction((clients) => startProducer(clients, { producer, settings: value, stream }), {
    onDone: ({ run }) => setStarted((before) => [...before, run.runId]),
  })
  const { error } = start
  const atField = error?.at?.field
  const fits = Object.keys(fieldErrors(producer.settings, value)).length === 0
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Send records to ${stream}`}
      description="A producer goes on when this is closed. The Runs panel lists it too."
      width={560}
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button
            variant="primary"
            icon={<Send size={14} />}
            pending={start.pending}
            disabled={!fits}
            onClick={() => void start.run()}
          >
            Start sending
          </Button>
        </>
      }
    >
      <RunningProducers stream={stream} started={started} />
      {error && atField === undefined && <ErrorView compact title="Nothing was sent" error={error} />}
      <Field label="Producer" help={producer.summary}>
        {({ invalid: _, ...ids }) => <Select {...ids} value={name} options={OPTIONS} onChange={setName} />}
      </Field>
      <div className={styles.settings}>
        <SchemaForm
          key={name}
          schema={producer.settings}
          value={value}
          choices={choices}
          problems={error && atField !== undefined ? [{ field: atField, message: error.message }] : []}
          onChange={(next) => setSettings((before) => ({ ...before, [name]: next }))}
        />
      </div>
    </Dialog>
  )
}
