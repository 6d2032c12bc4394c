import { Play } from 'lucide-react'
import { use } from 'react'
import type { Sheet } from '../../../../engines/bi/dashboard.ts'
import { notifyError, openView, useAction, useCall } from '../../../lib/index.ts'
import { Banner, Button } from '../../../ui/index.ts'
import { DataSetsContext } from '../context.ts'
import { fillsOf } from '../useFilling.ts'

/** Data sets that the sheet draws from and that are not there, said once, with the pipeline that makes them. */
export function AbsentSets({ sheet }: { sheet: Sheet }) {
  const { list, byId, filling } = use(DataSetsContext)
  const absent = list ? [...new Set(sheet.visuals.map(({ dataSet }) => dataSet))].filter((id) => !byId.has(id)) : []
  const makers = useCall(
    async (clients, signal) => {
      if (absent.length === 0) return []
      const files = await clients.workspace.listDocuments({ folder: 'pipelines' }, { signal })
      const fills = await fillsOf(
        clients,
        files.map(({ path }) => path),
        signal,
      )
      return files.filter(({ path }) => fills.get(path)?.some((id) => absent.includes(id)))
    },
    [absent.join('\n')],
  )
  const run = useAction((clients, signal, path: string) => clients.pipeline.start({ path }, { signal }), {
    onError: (error) => notifyError('The pipeline was not started', error),
  })
  if (absent.length === 0) return null
  const maker = makers.data?.[0]
  const names = absent.map((id) => `“${id}”`).join(absent.length > 2 ? ', ' : ' and ')
  const under = absent.some((id) => filling.has(id))
  return (
    <Banner
      tone={under ? 'accent' : 'warn'}
      actions={
        maker && (
          <>
            <Button size="s" onClick={() => openView('builder.pipeline', { path: maker.path })}>
              Open the pipeline
            </Button>
            {!under && (
              <Button
                size="s"
                variant="primary"
                icon={<Play size={12} />}
                pending={run.pending}
                onClick={() => void run.run(maker.path)}
              >
                Run it
              </Button>
            )}
          </>
        )
      }
    >
      {under
        ? `The pipeline is running: ${names} will be drawn here as soon as the first rows have arrived.`
        : maker
          ? `${absent.length > 1 ? 'The data sets' : 'The data set'} ${names} ${absent.length > 1 ? 'are' : 'is'} not there yet. The pipeline ${maker.title || maker.path} makes ${absent.length > 1 ? 'them' : 'it'}.`
          : `There is no data set ${names}: it was deleted or renamed. Choose another in the visuals that draw from it.`}
    </Banner>
  )
}
