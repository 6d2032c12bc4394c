import type { Crawler, CrawlerInput } from '../../../../engines/catalog/contract.ts'
import { linesOf } from '../lines.ts'

/** What a person fills in; a crawler's input says the same in Glue's words. */
export type CrawlerForm = ReturnType<typeof formOf>

/** The parts of Glue's Configuration that the form has; whatever else it says stays. */
interface Configuration {
  Version?: number
  Grouping?: { TableGroupingPolicy?: string | undefined; TableLevelConfiguration?: number | undefined }
  CrawlerOutput?: { Tables?: { AddOrUpdateBehavior?: string | undefined }; Partitions?: object }
  CreatePartitionIndex?: boolean
}

const COMBINE = 'CombineCompatibleSchemas'
const MERGE = 'MergeNewColumns'

const configurationOf = (crawler: Crawler | undefined): Configuration =>
  crawler?.configuration ? (JSON.parse(crawler.configuration) as Configuration) : {}

export function formOf(crawler: Crawler | undefined) {
  const { Grouping, CrawlerOutput, CreatePartitionIndex } = configurationOf(crawler)
  return {
    name: crawler?.name ?? '',
    database: crawler?.database ?? 'default',
    paths: crawler?.targets.map(({ path }) => path).join('\n') ?? '',
    exclusions: crawler?.targets[0]?.exclusions.join('\n') ?? '',
    sampleSize: crawler?.targets[0]?.sampleSize ?? null,
    tablePrefix: crawler?.tablePrefix ?? '',
    schedule: crawler?.schedule ?? '',
    classifiers: crawler?.classifiers ?? [],
    updateBehavior: crawler?.updateBehavior ?? ('UPDATE_IN_DATABASE' as const),
    deleteBehavior: crawler?.deleteBehavior ?? ('DEPRECATE_IN_DATABASE' as const),
    recrawl: crawler?.recrawl ?? ('CRAWL_EVERYTHING' as const),
    grouping: Grouping?.TableGroupingPolicy === COMBINE ? ('combine' as const) : ('similar' as const),
    level: Grouping?.TableLevelConfiguration ?? null,
    newColumns: CrawlerOutput?.Tables?.AddOrUpdateBehavior === MERGE ? ('merge' as const) : ('replace' as const),
    indexed: CreatePartitionIndex ?? false,
  }
}

export const isReady = (form: CrawlerForm): boolean =>
  form.name !== '' && form.database !== '' && linesOf(form.paths).length > 0

export function inputOf(form: CrawlerForm, old: Crawler | undefined): CrawlerInput {
  const { paths, exclusions, sampleSize, schedule, grouping, level, newColumns, indexed, ...rest } = form
  // New folders never change what is there: Glue asks for these two.
  const onlyNew = form.recrawl === 'CRAWL_NEW_FOLDERS_ONLY'
  const configuration = configurationText(form, configurationOf(old))
  return {
    ...rest,
    ...(onlyNew && { updateBehavior: 'LOG', deleteBehavior: 'LOG' }),
    role: old?.role ?? 'local',
    targets: linesOf(paths).map((path) => ({
      path,
      exclusions: linesOf(exclusions),
      ...(sampleSize !== null && { sampleSize }),
    })),
    ...(schedule !== '' && { schedule }),
    ...(old?.description !== undefined && { description: old.description }),
    ...(configuration !== undefined && { configuration }),
  }
}

function configurationText(form: CrawlerForm, old: Configuration): string | undefined {
  const Grouping = {
    TableGroupingPolicy: form.grouping === 'combine' ? COMBINE : undefined,
    TableLevelConfiguration: form.level ?? undefined,
  }
  const Tables = { AddOrUpdateBehavior: form.newColumns === 'merge' ? MERGE : undefined }
  const wanted = {
    ...old,
    Version: 1,
    Grouping,
    CrawlerOutput: { ...old.CrawlerOutput, Tables },
    CreatePartitionIndex: form.indexed || undefined,
  }
  const text = JSON.stringify(wanted)
  return text === '{"Version":1,"Grouping":{},"CrawlerOutput":{"Tables":{}}}' ? undefined : text
}
