import { useCall, type ViewProps } from '../../../lib/index.ts'
import { ErrorView, Loading, Page } from '../../../ui/index.ts'

export function DataSetView({ params: { id } }: ViewProps<{ id: string }>) {
  const set = useCall((clients, signal) => clients.bi.describeDataSet({ id }, { signal }), [id])
  if (set.error) return <ErrorView error={set.error} title={`The data set ${id} cannot be shown`} />
  if (!set.data) return <Loading />
  return <Page path={[{ title: 'Data sets' }, { title: set.data.name }]}>{set.data.name}</Page>
}
