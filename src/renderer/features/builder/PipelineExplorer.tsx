import { FilePlus2, Sparkles, Workflow } from 'lucide-react'
import { DocumentList } from '../../lib/DocumentList.tsx'
import { useClients, useFeed } from '../../lib/index.ts'
import { Button, IconButton, StateDot, shapeOf } from '../../ui/index.ts'
import { createPipeline, pipelineFiles } from './files.ts'
import { isActive } from './model/run-view.ts'

/** The pipelines of the workspace, and which of them run. */
export function PipelineExplorer() {
  const clients = useClients()
  const runs = useFeed((c, signal) => c.pipeline.watchRuns({}, { signal }), [])
  const create = (from: 'empty' | 'sample') => () => void createPipeline(clients, from)
  return (
    <DocumentList
      folder="pipelines"
      files={pipelineFiles}
      title="Pipelines"
      icon={Workflow}
      extraOf={({ path }) => {
        const run = runs.data?.find(({ pipeline }) => pipeline === path)
        return run && isActive(run) ? { end: <StateDot state={shapeOf(run.state)} text={run.state} hideText /> } : {}
      }}
      actions={
        <>
          <IconButton size="s" icon={<FilePlus2 size={14} />} label="New pipeline" onClick={create('empty')} />
          <IconButton
            size="s"
            icon={<Sparkles size={14} />}
            label="New pipeline from sample"
            onClick={create('sample')}
          />
        </>
      }
      empty={{
        title: 'No pipelines yet',
        text: 'A pipeline moves data from a source through streams and tables to a dashboard.',
        actions: (
          <>
            <Button onClick={create('empty')}>New pipeline</Button>
            <Button onClick={create('sample')}>From sample</Button>
          </>
        ),
      }}
    />
  )
}
