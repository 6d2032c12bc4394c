import { Bug, Plus } from 'lucide-react'
import { notifyError, openView, useAction, useConfirmed, useShown } from '../../../lib/index.ts'
import { Button, ConfirmDialog, IconButton, Section, StateDot, Tree } from '../../../ui/index.ts'
import { Listed } from '../Listed.tsx'
import { CrawlerDialog } from './CrawlerDialog.tsx'
import { askCrawler } from './dialog.ts'
import { useCrawlers } from './useCrawlers.ts'
import { crawlerState } from './words.ts'

const open = (crawler: string) => openView('catalog.crawler', { crawler })

/** Crawlers with their states: a click shows one, its menu runs it. */
export function Crawlers() {
  const crawlers = useCrawlers()
  const shown = useShown<{ crawler: string }>('catalog.crawler')
  const { thing: deleting, ask: askDelete, dialog } = useConfirmed((each: string) => remove.run(each))
  const find = (name: string) => crawlers.data?.find((crawler) => crawler.name === name)
  const start = useAction((clients, signal, crawler: string) => clients.catalog.startCrawler({ crawler }, { signal }), {
    onError: (error) => notifyError('The crawler was not started', error),
  })
  const stop = useAction((clients, signal, crawler: string) => clients.catalog.stopCrawler({ crawler }, { signal }), {
    onError: (error) => notifyError('The crawler was not stopped', error),
  })
  const remove = useAction(
    (clients, signal, crawler: string) => clients.catalog.deleteCrawler({ crawler }, { signal }),
    { onError: (error) => notifyError('The crawler was not deleted', error) },
  )
  return (
    // A dialog is there whether the section is open or not.
    <>
      <Section
        title="Crawlers"
        flush
        badge={crawlers.data?.length}
        actions={<IconButton icon={<Plus size={14} />} label="Create crawler" onClick={() => askCrawler()} />}
      >
        <Listed
          call={crawlers}
          empty={crawlers.data?.length === 0}
          what="The list of crawlers"
          hint="A crawler reads the files under a path, infers their columns and partitions, and keeps tables of them in the catalog."
          action={<Button onClick={() => askCrawler()}>Create a crawler</Button>}
        >
          <Tree
            label="Crawlers"
            fitContent
            openOnClick
            selected={shown?.crawler ?? null}
            nodes={(crawlers.data ?? []).map((crawler) => ({
              id: crawler.name,
              label: crawler.name,
              icon: <Bug size={14} />,
              detail: <StateDot {...crawlerState(crawler)} />,
            }))}
            onOpen={open}
            onDelete={askDelete}
            menu={(name) => [
              { title: 'Open', shortcut: 'Enter', onSelect: () => open(name) },
              find(name)?.state === 'READY'
                ? { title: 'Run', onSelect: () => void start.run(name) }
                : { title: 'Stop', onSelect: () => void stop.run(name) },
              { title: 'Edit…', onSelect: () => askCrawler(find(name)) },
              'separator',
              { title: 'Copy name', onSelect: () => void navigator.clipboard.writeText(name) },
              'separator',
              { title: 'Delete…', shortcut: 'Delete', danger: true, onSelect: () => askDelete(name) },
            ]}
          />
        </Listed>
      </Section>
      <CrawlerDialog />
      <ConfirmDialog
        {...dialog}
        title={`Delete the crawler ${deleting}?`}
        message="Its schedule and the history of its runs go; the tables that it made stay in the catalog."
        action="Delete crawler"
      />
    </>
  )
}
