import { useEffect, useState } from 'react'
import type { ViewProps } from '../../lib/index.ts'
import { Tabs } from '../../ui/index.ts'
import { AboutPage } from './AboutPage.tsx'
import { AppearancePage } from './AppearancePage.tsx'
import { AwsPage } from './AwsPage.tsx'
import { ClockPage } from './ClockPage.tsx'
import { FaultsPage } from './FaultsPage.tsx'
import { PricesPage } from './PricesPage.tsx'
import styles from './Settings.module.css'
import { ShortcutsPage } from './ShortcutsPage.tsx'

const PAGES = {
  appearance: { title: 'Appearance', Component: AppearancePage },
  clock: { title: 'Clock', Component: ClockPage },
  aws: { title: 'AWS clients', Component: AwsPage },
  prices: { title: 'Prices', Component: PricesPage },
  faults: { title: 'Faults', Component: FaultsPage },
  shortcuts: { title: 'Shortcuts', Component: ShortcutsPage },
  about: { title: 'About', Component: AboutPage },
}
type Page = keyof typeof PAGES

export function Settings({ params }: ViewProps<{ page?: string }>) {
  const [page, setPage] = useState<Page>('appearance')
  useEffect(() => {
    if (params.page && params.page in PAGES) setPage(params.page as Page)
  }, [params])
  const { Component } = PAGES[page]
  return (
    <Tabs
      label="Settings"
      tabs={Object.entries(PAGES).map(([id, { title }]) => ({ id: id as Page, title }))}
      value={page}
      onChange={setPage}
    >
      <div className={page === 'shortcuts' ? styles.whole : styles.page}>
        <Component />
      </div>
    </Tabs>
  )
}
