import { useState } from 'react'
import { Inspector, useCall, useRemembered, type ViewProps } from '../../lib/index.ts'
import { ErrorView, Loading, Page, SplitPane, Tabs } from '../../ui/index.ts'
import { CodePane } from './CodePane.tsx'
import { FunctionInspector } from './FunctionInspector.tsx'
import { LogPane } from './LogPane.tsx'
import { StreamsPane } from './StreamsPane.tsx'
import { TestPane } from './TestPane.tsx'
import { useChanges } from './useFunctions.ts'
import { VersionsPane } from './VersionsPane.tsx'

type Below = 'test' | 'streams' | 'versions' | 'log'

/** A function: its code above; below it what it answers, which streams feed it, its versions and what it said. */
export function FunctionView({ params: { name } }: ViewProps<{ name: string }>) {
  const turn = useChanges()
  const [height, setHeight] = useRemembered('functions.below', 320)
  const [below, setBelow] = useRemembered<Below>('functions.tab', 'test')
  /** Saves what is edited before the function runs; set by the editor. */
  const [save, setSave] = useState<() => Promise<unknown>>(() => async () => {})
  const info = useCall((clients, signal) => clients.functions.describeFunction({ name }, { signal }), [name, turn])
  const mappings = useCall((clients, signal) => clients.functions.listMappings({}, { signal }), [name, turn])
  if (info.error && !info.data) return <ErrorView error={info.error} title={`The function ${name} cannot be shown`} />
  if (!info.data) return <Loading />
  const own = (mappings.data ?? []).filter((mapping) => mapping.function.split(':')[0] === name)
  return (
    <Page path={[{ title: 'Functions' }, { title: name }]} scroll={false}>
      <SplitPane
        direction="column"
        sized="second"
        label="Code and test"
        size={height}
        onSize={setHeight}
        first={<CodePane name={name} handler={info.data.handler} onSaver={setSave} />}
        second={
          <Tabs
            label="Function details"
            size="s"
            value={below}
            onChange={setBelow}
            tabs={[
              { id: 'test', title: 'Test' },
              { id: 'streams', title: 'Streams', badge: own.length },
              { id: 'versions', title: 'Versions' },
              { id: 'log', title: 'Log' },
            ]}
          >
            {below === 'test' && <TestPane name={name} save={save} />}
            {below === 'streams' && <StreamsPane name={name} mappings={own} />}
            {below === 'versions' && <VersionsPane name={name} turn={turn} save={save} />}
            {below === 'log' && <LogPane name={name} turn={turn} />}
          </Tabs>
        }
      />
      <Inspector>
        <FunctionInspector info={info.data} />
      </Inspector>
    </Page>
  )
}
