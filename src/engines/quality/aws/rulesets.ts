import {
  CreateDataQualityRuleset$,
  type CreateDataQualityRulesetRequest,
  type CreateDataQualityRulesetResponse,
  DeleteDataQualityRuleset$,
  type DeleteDataQualityRulesetRequest,
  type DeleteDataQualityRulesetResponse,
  GetDataQualityRuleset$,
  type GetDataQualityRulesetRequest,
  type GetDataQualityRulesetResponse,
  ListDataQualityRulesets$,
  type ListDataQualityRulesetsRequest,
  type ListDataQualityRulesetsResponse,
  UpdateDataQualityRuleset$,
  type UpdateDataQualityRulesetRequest,
  type UpdateDataQualityRulesetResponse,
} from '@aws-sdk/client-glue'
import { page, refuse } from '../../kit/node/aws/glue.ts'
import type { Ruleset } from '../contract.ts'
import { NAME, operation, PAGE, tableNamed, targetOf, within } from './shapes.ts'

const TEXT = { length: [1, 65_536] } as const
const DESCRIPTION = { length: [0, 2048] } as const

export const CreateDataQualityRuleset = operation<CreateDataQualityRulesetRequest, CreateDataQualityRulesetResponse>({
  schema: CreateDataQualityRuleset$,
  constraints: { Name: NAME, Ruleset: TEXT, Description: DESCRIPTION },
  async run(input, { clients }) {
    refuse(input, 'Tags', 'DataQualitySecurityConfiguration', 'ClientToken')
    const { name } = await clients.quality.createRuleset({
      name: input.Name!,
      text: input.Ruleset!,
      description: input.Description,
      ...(input.TargetTable && { table: tableNamed(input.TargetTable) }),
    })
    return { Name: name }
  },
})

export const UpdateDataQualityRuleset = operation<UpdateDataQualityRulesetRequest, UpdateDataQualityRulesetResponse>({
  schema: UpdateDataQualityRuleset$,
  constraints: { Name: NAME, Ruleset: TEXT, Description: DESCRIPTION },
  async run({ Name, Description, Ruleset: text }, { clients }) {
    const updated = await clients.quality.updateRuleset({ name: Name!, text, description: Description })
    return { Name: updated.name, Description: updated.description, Ruleset: updated.text }
  },
})

export const DeleteDataQualityRuleset = operation<DeleteDataQualityRulesetRequest, DeleteDataQualityRulesetResponse>({
  schema: DeleteDataQualityRuleset$,
  constraints: { Name: NAME },
  async run({ Name }, { clients }) {
    await clients.quality.deleteRuleset({ name: Name! })
    return {}
  },
})

const about = (ruleset: Ruleset) => ({
  Name: ruleset.name,
  Description: ruleset.description,
  CreatedOn: new Date(ruleset.createdMs),
  LastModifiedOn: new Date(ruleset.updatedMs),
  TargetTable: ruleset.table?.engine === 'athena' ? targetOf(ruleset.table) : undefined,
  RecommendationRunId: ruleset.recommendationRunId,
})

export const GetDataQualityRuleset = operation<GetDataQualityRulesetRequest, GetDataQualityRulesetResponse>({
  schema: GetDataQualityRuleset$,
  constraints: { Name: NAME },
  async run({ Name }, { clients }) {
    const ruleset = await clients.quality.getRuleset({ name: Name! })
    return { ...about(ruleset), Ruleset: ruleset.text }
  },
})

export const ListDataQualityRulesets = operation<ListDataQualityRulesetsRequest, ListDataQualityRulesetsResponse>({
  schema: ListDataQualityRulesets$,
  constraints: { MaxResults: PAGE },
  async run({ Filter = {}, Tags, NextToken, MaxResults }, { clients }) {
    refuse({ Tags }, 'Tags')
    const { Name, Description, TargetTable } = Filter
    const all = await clients.quality.listRulesets(TargetTable ? { table: tableNamed(TargetTable) } : {})
    const matching = all.filter(
      (ruleset) =>
        (Name === undefined || ruleset.name === Name) &&
        (Description === undefined || ruleset.description === Description) &&
        within(ruleset.createdMs, Filter.CreatedAfter, Filter.CreatedBefore) &&
        within(ruleset.updatedMs, Filter.LastModifiedAfter, Filter.LastModifiedBefore),
    )
    const { items, ...next } = page(matching, NextToken, MaxResults ?? 1000)
    return { Rulesets: items.map((ruleset) => ({ ...about(ruleset), RuleCount: ruleset.ruleCount })), ...next }
  },
})
