import {
  BatchGetCrawlers$,
  type BatchGetCrawlersRequest,
  type BatchGetCrawlersResponse,
  CreateCrawler$,
  type CreateCrawlerRequest,
  type CreateCrawlerResponse,
  DeleteCrawler$,
  type DeleteCrawlerRequest,
  type DeleteCrawlerResponse,
  GetCrawler$,
  GetCrawlerMetrics$,
  type GetCrawlerMetricsRequest,
  type GetCrawlerMetricsResponse,
  type GetCrawlerRequest,
  type GetCrawlerResponse,
  GetCrawlers$,
  type GetCrawlersRequest,
  type GetCrawlersResponse,
  ListCrawlers$,
  type ListCrawlersRequest,
  type ListCrawlersResponse,
  ListCrawls$,
  type ListCrawlsRequest,
  type ListCrawlsResponse,
  StartCrawler$,
  type StartCrawlerRequest,
  type StartCrawlerResponse,
  StartCrawlerSchedule$,
  type StartCrawlerScheduleRequest,
  type StartCrawlerScheduleResponse,
  StopCrawler$,
  type StopCrawlerRequest,
  type StopCrawlerResponse,
  StopCrawlerSchedule$,
  type StopCrawlerScheduleRequest,
  type StopCrawlerScheduleResponse,
  UpdateCrawler$,
  type UpdateCrawlerRequest,
  type UpdateCrawlerResponse,
  UpdateCrawlerSchedule$,
  type UpdateCrawlerScheduleRequest,
  type UpdateCrawlerScheduleResponse,
} from '@aws-sdk/client-glue'
import { page } from '../../kit/node/aws/glue.ts'
import { arn } from '../../kit/pure/ids.ts'
import type { Crawl, Crawler } from '../contract.ts'
import { NAME, operation, refuseOtherCatalog } from './common.ts'
import { crawlFilter } from './crawl-filters.ts'
import { crawlerOfGlue, crawlerToGlue, crawlToGlue } from './crawler-shapes.ts'
import { forgetTags, keepTags, tagsOf } from './tags.ts'

const constraints = {
  Name: NAME,
  Description: { length: [0, 2048] },
  TablePrefix: { length: [0, 128] },
  'SchemaChangePolicy.UpdateBehavior': { values: ['LOG', 'UPDATE_IN_DATABASE'] },
  'SchemaChangePolicy.DeleteBehavior': { values: ['LOG', 'DELETE_FROM_DATABASE', 'DEPRECATE_IN_DATABASE'] },
  'RecrawlPolicy.RecrawlBehavior': { values: ['CRAWL_EVERYTHING', 'CRAWL_NEW_FOLDERS_ONLY', 'CRAWL_EVENT_MODE'] },
  'Targets.S3Targets[].SampleSize': { range: [1, 249] },
} as const

export const CreateCrawler = operation<CreateCrawlerRequest, CreateCrawlerResponse>({
  schema: CreateCrawler$,
  constraints: { ...constraints, Tags: { length: [0, 50] } },
  async run(input, context) {
    refuseOtherCatalog(input)
    const { name } = await context.clients.catalog.createCrawler(crawlerOfGlue(input))
    await keepTags(arn('glue', `crawler/${name}`, context.region), input.Tags, context)
    return {}
  },
})

export const UpdateCrawler = operation<UpdateCrawlerRequest, UpdateCrawlerResponse>({
  schema: UpdateCrawler$,
  constraints,
  async run(input, { clients }) {
    refuseOtherCatalog(input)
    const old = await clients.catalog.getCrawler({ crawler: input.Name! })
    await clients.catalog.updateCrawler(crawlerOfGlue(input, old))
    return {}
  },
})

export const GetCrawler = operation<GetCrawlerRequest, GetCrawlerResponse>({
  schema: GetCrawler$,
  constraints: { Name: NAME },
  async run({ Name }, { clients, nowMs }) {
    return { Crawler: crawlerToGlue(await clients.catalog.getCrawler({ crawler: Name! }), nowMs) }
  },
})

export const GetCrawlers = operation<GetCrawlersRequest, GetCrawlersResponse>({
  schema: GetCrawlers$,
  constraints: { MaxResults: { range: [1, 1000] } },
  async run({ NextToken, MaxResults }, { clients, nowMs }) {
    const { items, ...next } = page(await clients.catalog.listCrawlers({}), NextToken, MaxResults)
    return { Crawlers: items.map((crawler) => crawlerToGlue(crawler, nowMs)), ...next }
  },
})

export const BatchGetCrawlers = operation<BatchGetCrawlersRequest, BatchGetCrawlersResponse>({
  schema: BatchGetCrawlers$,
  constraints: { CrawlerNames: { length: [0, 100] }, 'CrawlerNames[]': NAME },
  async run({ CrawlerNames }, { clients, nowMs }) {
    const all = new Map((await clients.catalog.listCrawlers({})).map((crawler) => [crawler.name, crawler]))
    const names = [...new Set(CrawlerNames!)]
    return {
      Crawlers: names.flatMap((name) => {
        const found = all.get(name)
        return found ? [crawlerToGlue(found, nowMs)] : []
      }),
      CrawlersNotFound: names.filter((name) => !all.has(name)),
    }
  },
})

export const ListCrawlers = operation<ListCrawlersRequest, ListCrawlersResponse>({
  schema: ListCrawlers$,
  constraints: { MaxResults: { range: [1, 1000] } },
  async run({ NextToken, MaxResults, Tags }, context) {
    const names: string[] = []
    for (const { name } of await context.clients.catalog.listCrawlers({})) {
      const tags = Tags ? await tagsOf(arn('glue', `crawler/${name}`, context.region), context) : {}
      if (Object.entries(Tags ?? {}).every(([key, value]) => tags[key] === value)) names.push(name)
    }
    const { items, ...next } = page(names, NextToken, MaxResults)
    return { CrawlerNames: items, ...next }
  },
})

export const DeleteCrawler = operation<DeleteCrawlerRequest, DeleteCrawlerResponse>({
  schema: DeleteCrawler$,
  constraints: { Name: NAME },
  async run({ Name }, context) {
    await context.clients.catalog.deleteCrawler({ crawler: Name! })
    await forgetTags(arn('glue', `crawler/${Name}`, context.region), context)
    return {}
  },
})

export const StartCrawler = operation<StartCrawlerRequest, StartCrawlerResponse>({
  schema: StartCrawler$,
  constraints: { Name: NAME },
  async run({ Name }, { clients }) {
    await clients.catalog.startCrawler({ crawler: Name! })
    return {}
  },
})

export const StopCrawler = operation<StopCrawlerRequest, StopCrawlerResponse>({
  schema: StopCrawler$,
  constraints: { Name: NAME },
  async run({ Name }, { clients }) {
    await clients.catalog.stopCrawler({ crawler: Name! })
    return {}
  },
})

export const StartCrawlerSchedule = operation<StartCrawlerScheduleRequest, StartCrawlerScheduleResponse>({
  schema: StartCrawlerSchedule$,
  constraints: { CrawlerName: NAME },
  async run({ CrawlerName }, { clients }) {
    await clients.catalog.setCrawlerSchedule({ crawler: CrawlerName!, on: true })
    return {}
  },
})

export const StopCrawlerSchedule = operation<StopCrawlerScheduleRequest, StopCrawlerScheduleResponse>({
  schema: StopCrawlerSchedule$,
  constraints: { CrawlerName: NAME },
  async run({ CrawlerName }, { clients }) {
    await clients.catalog.setCrawlerSchedule({ crawler: CrawlerName!, on: false })
    return {}
  },
})

export const UpdateCrawlerSchedule = operation<UpdateCrawlerScheduleRequest, UpdateCrawlerScheduleResponse>({
  schema: UpdateCrawlerSchedule$,
  constraints: { CrawlerName: NAME },
  async run({ CrawlerName, Schedule }, { clients }) {
    const { schedule: _, ...crawler } = await clients.catalog.getCrawler({ crawler: CrawlerName! })
    await clients.catalog.updateCrawler({ ...crawler, ...(Schedule && { schedule: Schedule }) })
    return {}
  },
})

/** Seconds that each crawl took; newest first. */
function metricsOf({ name, progress, lastCrawl, state }: Crawler, crawls: readonly Crawl[], nowMs: number) {
  const ended = crawls.filter(({ endedMs }) => endedMs !== undefined)
  const seconds = ended.map(({ startedMs, endedMs }) => (endedMs! - startedMs) / 1000)
  const sorted = seconds.toSorted((a, b) => a - b)
  const sum = (count: (crawl: Crawl) => number) => ended.slice(0, 1).reduce((all, crawl) => all + count(crawl), 0)
  const elapsed = lastCrawl ? (nowMs - lastCrawl.startedMs) / 1000 : 0
  const left = state === 'RUNNING' && progress?.done ? (elapsed / progress.done) * (progress.of - progress.done) : 0
  return {
    CrawlerName: name,
    TimeLeftSeconds: left,
    StillEstimating: state === 'RUNNING' && !progress?.done,
    LastRuntimeSeconds: seconds[0] ?? 0,
    MedianRuntimeSeconds: sorted[Math.floor(sorted.length / 2)] ?? 0,
    TablesCreated: sum(({ tables }) => tables.created.length),
    TablesUpdated: sum(({ tables }) => tables.updated.length),
    TablesDeleted: sum(({ tables }) => tables.deleted.length),
  }
}

export const GetCrawlerMetrics = operation<GetCrawlerMetricsRequest, GetCrawlerMetricsResponse>({
  schema: GetCrawlerMetrics$,
  constraints: { CrawlerNameList: { length: [0, 100] }, MaxResults: { range: [1, 1000] } },
  async run({ CrawlerNameList, NextToken, MaxResults }, { clients, nowMs }) {
    const all = await clients.catalog.listCrawlers({})
    const wanted = all.filter(({ name }) => !CrawlerNameList?.length || CrawlerNameList.includes(name))
    const { items, ...next } = page(wanted, NextToken, MaxResults)
    const metrics = items.map(async (crawler) =>
      metricsOf(crawler, await clients.catalog.listCrawls({ crawler: crawler.name }), nowMs),
    )
    return { CrawlerMetricsList: await Promise.all(metrics), ...next }
  },
})

export const ListCrawls = operation<ListCrawlsRequest, ListCrawlsResponse>({
  schema: ListCrawls$,
  constraints: {
    CrawlerName: NAME,
    MaxResults: { range: [1, 1000] },
    'Filters[].FieldName': { values: ['CRAWL_ID', 'STATE', 'START_TIME', 'END_TIME', 'DPU_HOUR'] },
    'Filters[].FilterOperator': { values: ['GT', 'GE', 'LT', 'LE', 'EQ', 'NE'] },
  },
  async run({ CrawlerName, Filters, NextToken, MaxResults }, { clients }) {
    const all = await clients.catalog.listCrawls({ crawler: CrawlerName! })
    const wanted = all.filter((crawl) => (Filters ?? []).every((filter) => crawlFilter(filter)(crawl)))
    const { items, ...next } = page(wanted, NextToken, MaxResults ?? 20)
    return { Crawls: items.map((crawl) => crawlToGlue(CrawlerName!, crawl)), ...next }
  },
})
