import type {
  CrawlerHistory,
  CrawlerTargets,
  CreateCrawlerRequest,
  Crawler as GlueCrawler,
  UpdateCrawlerRequest,
} from '@aws-sdk/client-glue'
import { refuse } from '../../kit/node/aws/glue.ts'
import { ACCOUNT_ID } from '../../kit/pure/ids.ts'
import type { Crawl, Crawler, CrawlerInput } from '../contract.ts'
import { invalid } from '../model.ts'

/** What a request says of a crawler, over what it is already. */
export function crawlerOfGlue(
  input: CreateCrawlerRequest | UpdateCrawlerRequest,
  old?: Crawler,
): Omit<CrawlerInput, 'name'> & { name: string } {
  refuse(input, 'CrawlerSecurityConfiguration')
  if (input.LineageConfiguration?.CrawlerLineageSettings === 'ENABLE')
    throw invalid('LineageConfiguration is not supported by Millrace.')
  if (input.LakeFormationConfiguration?.UseLakeFormationCredentials)
    throw invalid('LakeFormationConfiguration is not supported by Millrace.')
  const behavior = input.RecrawlPolicy?.RecrawlBehavior ?? old?.recrawl ?? 'CRAWL_EVERYTHING'
  if (behavior === 'CRAWL_EVENT_MODE') throw invalid('RecrawlBehavior CRAWL_EVENT_MODE is not supported by Millrace.')
  const description = input.Description ?? old?.description
  const schedule = input.Schedule ?? old?.schedule
  const configuration = input.Configuration ?? old?.configuration
  const database = input.DatabaseName ?? old?.database
  if (database === undefined) throw invalid('DatabaseName is needed for targets in S3.')
  return {
    name: input.Name!,
    role: input.Role ?? old?.role ?? 'local',
    database,
    tablePrefix: input.TablePrefix ?? old?.tablePrefix ?? '',
    targets: input.Targets ? targetsOfGlue(input.Targets) : (old?.targets ?? []),
    classifiers: input.Classifiers ?? old?.classifiers ?? [],
    updateBehavior: input.SchemaChangePolicy?.UpdateBehavior ?? old?.updateBehavior ?? 'UPDATE_IN_DATABASE',
    deleteBehavior: input.SchemaChangePolicy?.DeleteBehavior ?? old?.deleteBehavior ?? 'DEPRECATE_IN_DATABASE',
    recrawl: behavior,
    ...(description !== undefined && { description }),
    // An empty schedule takes it away.
    ...(schedule && { schedule }),
    ...(configuration !== undefined && { configuration }),
  }
}

function targetsOfGlue(targets: CrawlerTargets): CrawlerInput['targets'] {
  refuse(
    targets,
    'JdbcTargets',
    'MongoDBTargets',
    'DynamoDBTargets',
    'CatalogTargets',
    'DeltaTargets',
    'IcebergTargets',
    'HudiTargets',
  )
  return (targets.S3Targets ?? []).map((target) => {
    refuse(target, 'ConnectionName', 'EventQueueArn', 'DlqEventQueueArn')
    if (target.Path === undefined) throw invalid('A target needs its Path.')
    return {
      path: target.Path,
      exclusions: target.Exclusions ?? [],
      ...(target.SampleSize !== undefined && { sampleSize: target.SampleSize }),
    }
  })
}

const LAST_STATUS = { COMPLETED: 'SUCCEEDED', FAILED: 'FAILED', STOPPED: 'CANCELLED' } as const

export function crawlerToGlue(crawler: Crawler, nowMs: number): GlueCrawler {
  const last = crawler.lastCrawl
  const running = crawler.state !== 'READY' && last
  return {
    Name: crawler.name,
    Role: crawler.role,
    DatabaseName: crawler.database,
    Description: crawler.description,
    TablePrefix: crawler.tablePrefix,
    Targets: {
      S3Targets: crawler.targets.map(({ path, exclusions, sampleSize }) => ({
        Path: path,
        Exclusions: exclusions,
        SampleSize: sampleSize,
      })),
      JdbcTargets: [],
      MongoDBTargets: [],
      DynamoDBTargets: [],
      CatalogTargets: [],
      DeltaTargets: [],
    },
    Classifiers: crawler.classifiers,
    RecrawlPolicy: { RecrawlBehavior: crawler.recrawl },
    SchemaChangePolicy: { UpdateBehavior: crawler.updateBehavior, DeleteBehavior: crawler.deleteBehavior },
    LineageConfiguration: { CrawlerLineageSettings: 'DISABLE' },
    LakeFormationConfiguration: { UseLakeFormationCredentials: false, AccountId: '' },
    State: crawler.state,
    ...(crawler.schedule !== undefined && {
      Schedule: { ScheduleExpression: crawler.schedule, State: crawler.scheduleState },
    }),
    CrawlElapsedTime: running ? nowMs - last.startedMs : 0,
    CreationTime: new Date(crawler.createdMs),
    LastUpdated: new Date(crawler.updatedMs),
    ...(last &&
      last.state !== 'RUNNING' && {
        LastCrawl: {
          Status: LAST_STATUS[last.state],
          ErrorMessage: last.message,
          StartTime: new Date(last.startedMs),
          LogGroup: '/aws-glue/crawlers',
          LogStream: crawler.name,
          MessagePrefix: last.crawlId,
        },
      }),
    Version: crawler.version,
    Configuration: crawler.configuration,
    CatalogId: ACCOUNT_ID,
  }
}

export function crawlToGlue(crawler: string, crawl: Crawl): CrawlerHistory {
  return {
    CrawlId: crawl.crawlId,
    State: crawl.state,
    StartTime: new Date(crawl.startedMs),
    ...(crawl.endedMs !== undefined && { EndTime: new Date(crawl.endedMs) }),
    Summary: summaryOf(crawl),
    ErrorMessage: crawl.message,
    LogGroup: '/aws-glue/crawlers',
    LogStream: crawler,
    MessagePrefix: crawl.crawlId,
    DPUHour: 0,
  }
}

/** "A run summary for the specific crawl in JSON": what changed, and the files that could not be taken in. */
function summaryOf({ tables, partitions, filesRead, problemCount, problems }: Crawl): string {
  const names = (list: readonly string[]) => ({ Count: list.length, Details: { names: list } })
  return JSON.stringify({
    TABLE: { ADD: names(tables.created), UPDATE: names(tables.updated), DELETE: names(tables.deleted) },
    PARTITION: {
      ADD: { Count: partitions.created },
      UPDATE: { Count: partitions.updated },
      DELETE: { Count: partitions.deleted },
    },
    FILE: { READ: { Count: filesRead }, FAILED: { Count: problemCount, Details: problems } },
  })
}
