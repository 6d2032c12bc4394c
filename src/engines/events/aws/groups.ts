import {
  CreateScheduleGroup$,
  type CreateScheduleGroupInput,
  type CreateScheduleGroupOutput,
  DeleteScheduleGroup$,
  type DeleteScheduleGroupInput,
  GetScheduleGroup$,
  type GetScheduleGroupInput,
  type GetScheduleGroupOutput,
  ListScheduleGroups$,
  type ListScheduleGroupsInput,
  type ListScheduleGroupsOutput,
  ListTagsForResource$,
  type ListTagsForResourceInput,
  type ListTagsForResourceOutput,
  TagResource$,
  type TagResourceInput,
  UntagResource$,
  type UntagResourceInput,
} from '@aws-sdk/client-scheduler'
import type { ScheduleGroup } from '../contract.ts'
import { notFound } from '../errors.ts'
import { dateOf, operation, pageOf, RULE_NAME, tagList, tagsOf } from './common.ts'

const NAMED = { Name: RULE_NAME }

const CreateScheduleGroup = operation<CreateScheduleGroupInput, CreateScheduleGroupOutput>({
  schema: CreateScheduleGroup$,
  constraints: NAMED,
  async run({ Name, Tags }, { clients }) {
    return { ScheduleGroupArn: (await clients.events.createGroup({ name: Name!, tags: tagsOf(Tags) })).arn }
  },
})

const DeleteScheduleGroup = operation<DeleteScheduleGroupInput, object>({
  schema: DeleteScheduleGroup$,
  constraints: NAMED,
  run: ({ Name }, { clients }) => clients.events.deleteGroup({ name: Name! }),
})

const GetScheduleGroup = operation<GetScheduleGroupInput, GetScheduleGroupOutput>({
  schema: GetScheduleGroup$,
  constraints: NAMED,
  async run({ Name }, { clients }) {
    const found = (await clients.events.listGroups({})).find(({ name }) => name === Name)
    if (!found) throw notFound(`Schedule group ${Name} does not exist.`)
    return shown(found)
  },
})

const ListScheduleGroups = operation<ListScheduleGroupsInput, ListScheduleGroupsOutput>({
  schema: ListScheduleGroups$,
  constraints: { MaxResults: { range: [1, 100] } },
  async run({ NamePrefix = '', NextToken, MaxResults }, { clients }) {
    const groups = (await clients.events.listGroups({})).filter(({ name }) => name.startsWith(NamePrefix))
    const { page, ...more } = pageOf(groups, NextToken, MaxResults)
    return { ScheduleGroups: page.map(shown), ...more }
  },
})

const shown = ({ name, arn, createdMs, modifiedMs }: ScheduleGroup) => ({
  Name: name,
  Arn: arn,
  State: 'ACTIVE' as const,
  CreationDate: dateOf(createdMs),
  LastModificationDate: dateOf(modifiedMs),
})

const TagResource = operation<TagResourceInput, object>({
  schema: TagResource$,
  run: ({ ResourceArn, Tags }, { clients }) => clients.events.tag({ arn: ResourceArn!, add: tagsOf(Tags), remove: [] }),
})

const UntagResource = operation<UntagResourceInput, object>({
  schema: UntagResource$,
  run: ({ ResourceArn, TagKeys }, { clients }) => clients.events.tag({ arn: ResourceArn!, add: {}, remove: TagKeys! }),
})

const ListTagsForResource = operation<ListTagsForResourceInput, ListTagsForResourceOutput>({
  schema: ListTagsForResource$,
  run: async ({ ResourceArn }, { clients }) => ({ Tags: tagList(await clients.events.tagsOf({ arn: ResourceArn! })) }),
})

export const groupOperations = {
  CreateScheduleGroup,
  DeleteScheduleGroup,
  GetScheduleGroup,
  ListScheduleGroups,
  ListTagsForResource,
  TagResource,
  UntagResource,
}
