import type { CrawlsFilter } from '@aws-sdk/client-glue'
import type { Crawl } from '../contract.ts'
import { invalid } from '../model.ts'

const OPERATORS = {
  EQ: (order: number) => order === 0,
  NE: (order: number) => order !== 0,
  GT: (order: number) => order > 0,
  GE: (order: number) => order >= 0,
  LT: (order: number) => order < 0,
  LE: (order: number) => order <= 0,
} as const

/** A filter of ListCrawls; times are epoch milliseconds or ISO text. */
export function crawlFilter({ FieldName, FilterOperator, FieldValue }: CrawlsFilter): (crawl: Crawl) => boolean {
  if (!FieldName || !FilterOperator || FieldValue === undefined)
    throw invalid('A filter needs FieldName, FilterOperator and FieldValue.')
  const accepts = OPERATORS[FilterOperator]
  switch (FieldName) {
    case 'CRAWL_ID':
      return ({ crawlId }) => accepts(crawlId === FieldValue ? 0 : crawlId < FieldValue ? -1 : 1)
    case 'STATE':
      return ({ state }) => accepts(state === FieldValue ? 0 : state < FieldValue ? -1 : 1)
    case 'START_TIME':
      return ({ startedMs }) => accepts(startedMs - timeOf(FieldValue))
    case 'END_TIME':
      return ({ endedMs }) => endedMs !== undefined && accepts(endedMs - timeOf(FieldValue))
    case 'DPU_HOUR':
      // Nothing is billed: every crawl took none.
      return () => accepts(0 - Number(FieldValue))
  }
}

function timeOf(text: string): number {
  const time = /^\d+$/.test(text) ? Number(text) : Date.parse(text)
  if (Number.isNaN(time)) throw invalid(`'${text}' is no time.`)
  return time
}
