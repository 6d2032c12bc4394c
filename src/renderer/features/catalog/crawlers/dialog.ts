import type { Crawler } from '../../../../engines/catalog/contract.ts'
import { explorerDialog } from '../../../lib/index.ts'

/** The dialog that makes a crawler, or changes the one that it is asked with. */
export const crawlerDialog = explorerDialog<{ crawler: Crawler | undefined }>('catalog')
export const askCrawler = (crawler?: Crawler) => crawlerDialog.ask({ crawler })
