import { Play } from 'lucide-react'
import { useMemo, useState } from 'react'
import { findValue, lineAndColumn } from '../../../engines/kit/pure/document-text.ts'
import { formatTime, Inspector, shortId, useCall, useCommands, useRemembered, type ViewProps } from '../../lib/index.ts'
import { Button, Copied, ErrorView, Loading, Page, PropertyList, Section, SplitPane, Tabs } from '../../ui/index.ts'
import { DefinitionPane, type Goto } from './DefinitionPane.tsx'
import { ExecutionsPane } from './ExecutionsPane.tsx'
import { graphOf, pathTo, type ShownMachine } from './model/graph.ts'
import { StartDialog } from './StartDialog.tsx'
import { StateGraph } from './StateGraph.tsx'
import { useExecutionChanges, useMachineChanges } from './useStates.ts'

type Right = 'definition' | 'executions'

/** A state machine: its picture, its definition beside it, and its executions. */
export function MachineView({ params: { name } }: ViewProps<{ name: string }>) {
  const turn = useMachineChanges()
  const runs = useExecutionChanges()
  const [width, setWidth] = useRemembered('states.definition', 520)
  const [right, setRight] = useRemembered<Right>('states.tab', 'executions')
  const [chosen, setChosen] = useState<string | null>(null)
  const [goto, setGoto] = useState<Goto | null>(null)
  const go = (line: number, column: number) => setGoto((before) => ({ line, column, turn: (before?.turn ?? 0) + 1 }))
  const [starting, setStarting] = useState(false)
  /** What is in the editor, once it has been touched. */
  const [text, setText] = useState<string | null>(null)
  const machine = useCall(
    (clients, signal) => clients.states.describeMachine({ machineArn: name }, { signal }),
    [name, turn],
  )
  const shown = text ?? machine.data?.definition
  const graph = useMemo(() => (shown === undefined ? undefined : graphOf(shown)), [shown])
  useCommands(
    () => [{ id: 'states.start', title: 'Start execution…', group: 'State machines', run: () => setStarting(true) }],
    [],
  )
  if (machine.error && !machine.data)
    return <ErrorView error={machine.error} title={`The state machine ${name} cannot be shown`} />
  if (!machine.data || shown === undefined) return <Loading />
  const { arn, type, createdMs, revisionId, versions } = machine.data
  return (
    <Page
      path={[{ title: 'State machines' }, { title: name }]}
      scroll={false}
      actions={
        <Button variant="primary" icon={<Play size={14} />} onClick={() => setStarting(true)}>
          Start execution…
        </Button>
      }
    >
      <SplitPane
        sized="second"
        label="Picture and definition"
        size={width}
        onSize={setWidth}
        first={
          <StateGraph
            graph={graph}
            chosen={chosen}
            onChoose={(state) => {
              setChosen(state)
              const at = findValue(shown, pathTo(JSON.parse(shown) as ShownMachine, state))
              if (at >= 0) {
                const { line, column } = lineAndColumn(shown, at)
                go(line, column)
              }
              setRight('definition')
            }}
          />
        }
        second={
          <Tabs
            label="State machine details"
            size="s"
            value={right}
            onChange={setRight}
            tabs={[
              { id: 'executions', title: 'Executions' },
              { id: 'definition', title: 'Definition' },
            ]}
          >
            {right === 'executions' ? (
              <ExecutionsPane of={{ machineArn: name }} turn={runs} onStart={() => setStarting(true)} />
            ) : (
              <DefinitionPane
                machine={machine.data}
                text={shown}
                onText={setText}
                onSaved={() => setText(null)}
                goto={goto}
                onGoto={go}
              />
            )}
          </Tabs>
        }
      />
      <StartDialog open={starting} machine={name} onClose={() => setStarting(false)} />
      <Inspector>
        <Section title="State machine">
          <PropertyList
            items={[
              ['Type', type === 'EXPRESS' ? 'Express' : 'Standard'],
              ['Created', formatTime(createdMs, { date: true })],
              ['Versions', versions],
              [
                'Revision',
                <Copied key="r" text={revisionId} label="Copy revision ID">
                  {shortId(revisionId)}
                </Copied>,
              ],
              [
                'ARN',
                <Copied key="a" text={arn} label="Copy ARN">
                  {shortId(arn)}
                </Copied>,
              ],
            ]}
          />
        </Section>
      </Inspector>
    </Page>
  )
}
