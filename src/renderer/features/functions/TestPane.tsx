import { Play } from 'lucide-react'
import { useState } from 'react'
import { CodeEditor } from '../../lib/code-editor/index.ts'
import { formatDuration, prettyJson, useAction, useCommands, useRemembered } from '../../lib/index.ts'
import {
  Badge,
  Button,
  ErrorView,
  Facts,
  Loading,
  Pane,
  Select,
  SplitPane,
  Toolbar,
  ToolbarSpace,
  Verbatim,
} from '../../ui/index.ts'
import styles from './functions.module.css'
import { EVENTS } from './templates.ts'

interface Answer {
  failed: boolean
  durationMs: number
  text: string
  log: string
}

/** An event, and what the function makes of it. */
export function TestPane({ name, save }: { name: string; save: () => Promise<unknown> }) {
  const [event, setEvent] = useRemembered(`functions.event.${name}`, EVENTS[0].text)
  const [width, setWidth] = useRemembered('functions.event', 420)
  const [answer, setAnswer] = useState<Answer | null>(null)
  const invoke = useAction(
    async (clients, signal): Promise<Answer> => {
      await save()
      const payload = new TextEncoder().encode(event)
      const { payload: answered, ...ran } = await clients.functions.invoke({ name, payload }, { signal })
      return { ...ran, text: prettyJson(new TextDecoder().decode(answered)) }
    },
    { onDone: setAnswer },
  )
  const run = () => void invoke.run()
  useCommands(
    () => [
      {
        id: 'functions.invoke',
        title: 'Invoke function',
        group: 'Functions',
        shortcut: 'Mod+Enter',
        overEditors: true,
        run,
      },
    ],
    [run],
  )
  return (
    <SplitPane
      label="Event and answer"
      size={width}
      onSize={setWidth}
      first={
        <Pane>
          <Toolbar label="Event">
            <Button variant="primary" icon={<Play size={14} />} pending={invoke.pending} onClick={run}>
              Invoke
            </Button>
            {invoke.pending && <Button onClick={invoke.cancel}>Cancel</Button>}
            <ToolbarSpace />
            <Select
              quiet
              label="Sample event"
              value={EVENTS.find(({ text }) => text === event)?.value ?? null}
              placeholder="Own event"
              options={EVENTS}
              onChange={(value) => setEvent(EVENTS.find((each) => each.value === value)!.text)}
            />
          </Toolbar>
          <div className={styles.editor}>
            <CodeEditor label="Test event" language="javascript" value={event} onChange={setEvent} onRun={run} />
          </div>
        </Pane>
      }
      second={
        <div className={styles.answer} aria-live="polite">
          {invoke.error ? (
            <ErrorView compact title="The function was not run" error={invoke.error} />
          ) : invoke.pending ? (
            <Loading />
          ) : !answer ? (
            <p className={styles.note}>Invoke the function with this event to see its answer and its log.</p>
          ) : (
            <>
              <Facts>
                <Badge tone={answer.failed ? 'bad' : 'good'}>{answer.failed ? 'failed' : 'answered'}</Badge>
                <span>in {formatDuration(answer.durationMs)}</span>
              </Facts>
              <section aria-label="Answer">
                <Verbatim>{answer.text}</Verbatim>
              </section>
              <section aria-label="Log of this invocation">
                <Verbatim>{answer.log}</Verbatim>
              </section>
            </>
          )}
        </div>
      }
    />
  )
}
