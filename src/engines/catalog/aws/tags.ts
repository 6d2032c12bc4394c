import {
  GetTags$,
  type GetTagsRequest,
  type GetTagsResponse,
  TagResource$,
  type TagResourceRequest,
  type TagResourceResponse,
  UntagResource$,
  type UntagResourceRequest,
  type UntagResourceResponse,
} from '@aws-sdk/client-glue'
import { EngineError } from '../../kit/pure/errors.ts'
import { invalid, notFound } from '../model.ts'
import { operation, type Reach } from './common.ts'

type Tags = Record<string, string>

/** "A maximum of 50 tags" (AWS Glue User Guide, "AWS tags in AWS Glue"). */
const TAGS_MAX = 50
const TAG_KEY = { length: [1, 128] } as const
const constraints = {
  ResourceArn: { length: [1, 10240], pattern: /arn:aws[^:]*:glue:.*/ },
  'TagsToAdd.key': TAG_KEY,
  'TagsToAdd.value': { length: [0, 256] },
  'TagsToRemove[]': TAG_KEY,
} as const

/** What is there to be tagged, by the kind that its ARN names. */
async function requireResource(resource: string, { clients: { catalog } }: Reach): Promise<void> {
  const [, kind, name] = /^arn:[^:]+:glue:[^:]*:\d*:([a-zA-Z]+)\/(.+)$/.exec(resource) ?? []
  const [first, second] = (name ?? '').split('/')
  switch (kind) {
    case 'database': {
      if ((await catalog.listDatabases({})).some((database) => database.name === first)) return
      throw notFound(`Database ${first} not found.`)
    }
    case 'connection':
      return void (await catalog.getKept({ kind: 'connection', name: first }))
    case 'crawler':
      return void (await catalog.getCrawler({ crawler: first }))
    case 'registry': {
      if ((await catalog.listRegistries({})).some((registry) => registry.name === first)) return
      throw notFound(`Registry ${first} not found.`)
    }
    case 'schema':
      return void (await catalog.getSchema({ registry: first, schema: second ?? '' }))
  }
  throw invalid(`${resource} names nothing that can be tagged.`)
}

export async function tagsOf(resource: string, { clients }: Reach): Promise<Tags> {
  const kept = await clients.catalog.listKept({ kind: 'tags', scope: resource })
  return Object.fromEntries(kept.map(({ name, document }) => [name, document]))
}

/** Adds tags; also those that something is made with. */
export async function keepTags(resource: string, tags: Tags | undefined, reach: Reach): Promise<void> {
  if (!tags) return
  const all = { ...(await tagsOf(resource, reach)), ...tags }
  if (Object.keys(all).length > TAGS_MAX)
    throw new EngineError('InvalidInputException', `A resource has at most ${TAGS_MAX} tags.`)
  for (const [name, document] of Object.entries(tags))
    await reach.clients.catalog.keep({ kind: 'tags', scope: resource, name, document, how: 'put' })
}

/** What is deleted takes its tags along. */
export async function forgetTags(resource: string, reach: Reach): Promise<void> {
  for (const name of Object.keys(await tagsOf(resource, reach)))
    await reach.clients.catalog.forget({ kind: 'tags', scope: resource, name })
}

export const TagResource = operation<TagResourceRequest, TagResourceResponse>({
  schema: TagResource$,
  constraints,
  async run({ ResourceArn, TagsToAdd }, context) {
    await requireResource(ResourceArn!, context)
    await keepTags(ResourceArn!, TagsToAdd, context)
    return {}
  },
})

export const UntagResource = operation<UntagResourceRequest, UntagResourceResponse>({
  schema: UntagResource$,
  constraints,
  async run({ ResourceArn, TagsToRemove }, context) {
    await requireResource(ResourceArn!, context)
    const known = await tagsOf(ResourceArn!, context)
    for (const name of TagsToRemove!)
      if (name in known) await context.clients.catalog.forget({ kind: 'tags', scope: ResourceArn!, name })
    return {}
  },
})

export const GetTags = operation<GetTagsRequest, GetTagsResponse>({
  schema: GetTags$,
  constraints,
  async run({ ResourceArn }, context) {
    await requireResource(ResourceArn!, context)
    return { Tags: await tagsOf(ResourceArn!, context) }
  },
})
