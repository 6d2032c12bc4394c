import { RotateCcw, Square } from 'lucide-react'
import { useMemo, useState } from 'react'
import type { HistoryEvent } from '../../../engines/states/contract.ts'
import {
  formatDuration,
  formatTime,
  Inspector,
  notifyError,
  openView,
  shortId,
  useAction,
  useCall,
  useFeed,
  useRemembered,
  type ViewProps,
} from '../../lib/index.ts'
import {
  Button,
  Copied,
  type DataColumn,
  DataTable,
  EMPTY_LAYOUT,
  ErrorView,
  Loading,
  Page,
  PropertyList,
  Section,
  SplitPane,
  StateDot,
  Tabs,
} from '../../ui/index.ts'
import { MapRunsPane, useMapRuns } from './MapRunsPane.tsx'
import { graphOf } from './model/graph.ts'
import { RunHistory } from './model/run.ts'
import { Json, StateDetails } from './StateDetails.tsx'
import { StateGraph } from './StateGraph.tsx'
import { SHAPES, useExecutionChanges, wordOf } from './useStates.ts'

const NOTHING = { history: new RunHistory(), events: 0 }

type Row = HistoryEvent & { readonly state: string }

const COLUMNS: readonly DataColumn<Row>[] = [
  { id: 'id', title: '#', kind: 'number', width: 56, value: ({ id }) => id },
  { id: 'type', title: 'Event', width: 190, value: ({ type }) => type },
  { id: 'state', title: 'State', width: 160, value: ({ state }) => state },
  {
    id: 'time',
    title: 'Time',
    width: 130,
    value: ({ timeMs }) => timeMs,
    format: (value) => formatTime(Number(value), { date: false, millis: true }),
  },
  {
    id: 'details',
    title: 'Details',
    width: 520,
    mono: true,
    value: ({ details }) => detailText(details),
  },
]

/** An execution: the machine's picture coloured by its run, the chosen state beside it, all events below. */
export function ExecutionView({ params: { arn } }: ViewProps<{ arn: string }>) {
  const turn = useExecutionChanges()
  const [height, setHeight] = useRemembered('states.history', 240)
  const [width, setWidth] = useRemembered('states.details', 380)
  const [layout, setLayout] = useRemembered('states.events', EMPTY_LAYOUT)
  const [chosen, setChosen] = useState<string | null>(null)
  const execution = useCall(
    (clients, signal) => clients.states.describe({ executionArn: arn }, { signal }),
    [arn, turn],
  )
  const machine = useCall(
    (clients, signal) => clients.states.describeMachineOf({ executionArn: arn }, { signal }),
    [arn],
  )
  const redrives = execution.data?.redriveCount
  // A feed ends with its execution: a redrive is followed anew.
  const run = useFeed((clients, signal) => clients.states.watch({ executionArn: arn }, { signal }), [arn, redrives], {
    initial: NOTHING,
    fold: ({ history, events }, group) => {
      const all = events === 0 ? new RunHistory() : history
      all.add(group)
      return { history: all, events: all.events.length }
    },
  }).data
  const graph = useMemo(() => machine.data && graphOf(machine.data.definition), [machine.data])
  const rows = useMemo(
    (): Row[] => run.history.events.map((event) => ({ ...event, state: run.history.stateOf(event) })),
    [run],
  )
  const mapRuns = useMapRuns(arn, turn).data ?? []
  const [below, setBelow] = useState<'history' | 'maps'>('history')
  const stop = useAction((clients, signal) => clients.states.stop({ executionArn: arn }, { signal }), {
    onDone: execution.reload,
    onError: (error) => notifyError('The execution was not stopped', error),
  })
  const redrive = useAction((clients, signal) => clients.states.redrive({ executionArn: arn }, { signal }), {
    onDone: execution.reload,
    onError: (error) => notifyError('The execution was not redriven', error),
  })
  if (execution.error && !execution.data)
    return <ErrorView error={execution.error} title="This execution cannot be shown" />
  if (!execution.data || !machine.data) return <Loading />
  const { name, status, startedMs, stoppedMs, input, output, error, cause, type } = execution.data
  const redrivable = type === 'STANDARD' && status !== 'RUNNING' && status !== 'SUCCEEDED'
  const machineName = execution.data.machine
  // Who opens what failed wants to see why.
  const failed = redrivable ? run.history.runs.findLast((each) => each.status === 'failed') : undefined
  const shown = chosen ?? failed?.state ?? null
  return (
    <Page
      path={[
        { title: 'State machines' },
        { title: machineName, onOpen: () => openView('states.machine', { name: machineName }) },
        { title: name },
      ]}
      scroll={false}
      actions={
        <>
          <StateDot state={SHAPES[status]} text={wordOf(status)} />
          {status === 'RUNNING' && type === 'STANDARD' && (
            <Button icon={<Square size={14} />} pending={stop.pending} onClick={() => void stop.run()}>
              Stop
            </Button>
          )}
          {redrivable && (
            <Button
              variant="primary"
              icon={<RotateCcw size={14} />}
              pending={redrive.pending}
              onClick={() => void redrive.run()}
            >
              Redrive
            </Button>
          )}
        </>
      }
    >
      <SplitPane
        direction="column"
        sized="second"
        label="Picture and history"
        size={height}
        onSize={setHeight}
        first={
          <SplitPane
            sized="second"
            label="Picture and state"
            size={width}
            onSize={setWidth}
            first={<StateGraph graph={graph} run={run} chosen={shown} onChoose={setChosen} />}
            second={<StateDetails state={shown} runs={shown === null ? [] : run.history.of(shown)} />}
          />
        }
        second={
          <Tabs
            label="What happened"
            size="s"
            value={below}
            onChange={setBelow}
            tabs={[
              { id: 'history', title: 'History' },
              ...(mapRuns.length > 0 ? [{ id: 'maps' as const, title: 'Map runs', badge: mapRuns.length }] : []),
            ]}
          >
            {below === 'maps' && mapRuns.length > 0 ? (
              <MapRunsPane rows={mapRuns} turn={turn} />
            ) : (
              <DataTable
                label="History"
                rows={rows}
                rowKey={({ id }) => String(id)}
                columns={COLUMNS}
                layout={layout}
                onLayout={setLayout}
                onSelect={({ state }) => state !== '' && setChosen(state)}
              />
            )}
          </Tabs>
        }
      />
      <Inspector>
        <Section title="Execution">
          <PropertyList
            items={[
              ['Status', wordOf(status)],
              ['Started', formatTime(startedMs, { date: true })],
              stoppedMs !== undefined && ['Took', formatDuration(stoppedMs - startedMs)],
              ['Events', execution.data.events],
              execution.data.redriveCount > 0 && ['Redrives', execution.data.redriveCount],
              error !== undefined && ['Error', error],
              cause !== undefined && ['Cause', cause],
              [
                'ARN',
                <Copied key="a" text={arn} label="Copy ARN">
                  {shortId(arn)}
                </Copied>,
              ],
            ]}
          />
        </Section>
        <Section title="Input and output">
          <Json title="Input" text={input} />
          {output !== undefined && <Json title="Output" text={output} />}
        </Section>
      </Inspector>
    </Page>
  )
}

function detailText(details: HistoryEvent['details']): string {
  const told = Object.entries(details).filter(
    ([name, value]) => !/Details$/.test(name) && name !== 'name' && value !== '',
  )
  return told.map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`).join('  ')
}
