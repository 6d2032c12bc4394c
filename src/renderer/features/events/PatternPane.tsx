import { CodeEditor } from '../../lib/code-editor/index.ts'
import { isJson, notify, notifyError, useAction, useCall, useRemembered } from '../../lib/index.ts'
import { Badge, Button, Pane, Select, SplitPane, Toolbar, ToolbarSpace } from '../../ui/index.ts'
import { askCreate } from './createDialog.ts'
import styles from './events.module.css'
import { EVENT, PATTERNS } from './samples.ts'

/** A pattern and an event, and whether the one matches the other, as they are typed. */
export function PatternPane() {
  const [pattern, setPattern] = useRemembered<string>('events.pattern', PATTERNS.at(-1)!.text)
  const [event, setEvent] = useRemembered('events.event', EVENT)
  const [width, setWidth] = useRemembered('events.patternWidth', 520)
  const test = useCall(
    async (clients, signal) => {
      if (!isJson(event)) return { matches: false, wrong: 'The event is no JSON yet.' }
      return { ...(await clients.events.testPattern({ pattern, event }, { signal })), wrong: undefined }
    },
    [pattern, event],
  )
  const put = useAction(
    async (clients, signal) => {
      const { source = '', detail = {}, resources = [], 'detail-type': detailType = '' } = JSON.parse(event)
      const entry = { source, detailType, resources, detail: JSON.stringify(detail) }
      const [answer] = (await clients.events.put({ entries: [entry] }, { signal })).entries
      if ('message' in answer) throw new Error(answer.message)
    },
    {
      onDone: () => notify({ tone: 'good', title: 'The event is on the bus' }),
      onError: (error) => notifyError('The event was not put', error),
    },
  )
  return (
    <SplitPane
      label="Pattern and event"
      size={width}
      onSize={setWidth}
      first={
        <Pane>
          <Toolbar label="Pattern">
            <span className={styles.title}>Pattern</span>
            <Select
              quiet
              label="Sample pattern"
              value={PATTERNS.find(({ text }) => text === pattern)?.value ?? null}
              placeholder="Own pattern"
              options={PATTERNS}
              onChange={(value) => setPattern(PATTERNS.find((each) => each.value === value)!.text)}
            />
            <ToolbarSpace />
            <Button onClick={() => askCreate('rule', pattern)}>Create rule…</Button>
          </Toolbar>
          <div className={styles.editor}>
            <CodeEditor label="Event pattern" language="json" value={pattern} onChange={setPattern} />
          </div>
        </Pane>
      }
      second={
        <Pane>
          <Toolbar label="Event">
            <span className={styles.title}>Event</span>
            <span aria-live="polite" className={styles.verdict}>
              {test.error ? (
                <span className={styles.wrong} title={test.error.message}>
                  {test.error.message}
                </span>
              ) : test.data?.wrong ? (
                <span className={styles.wrong}>{test.data.wrong}</span>
              ) : (
                test.data && (
                  <Badge tone={test.data.matches ? 'good' : 'neutral'}>
                    {test.data.matches ? 'matches' : 'does not match'}
                  </Badge>
                )
              )}
            </span>
            <ToolbarSpace />
            <Button pending={put.pending} disabled={!isJson(event)} onClick={() => void put.run()}>
              Put event
            </Button>
          </Toolbar>
          <div className={styles.editor}>
            <CodeEditor label="Event" language="json" value={event} onChange={setEvent} />
          </div>
        </Pane>
      }
    />
  )
}
