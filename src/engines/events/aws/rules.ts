import {
  DeleteRule$,
  type DeleteRuleRequest,
  DescribeRule$,
  type DescribeRuleRequest,
  type DescribeRuleResponse,
  DisableRule$,
  type DisableRuleRequest,
  EnableRule$,
  type EnableRuleRequest,
  ListRuleNamesByTarget$,
  type ListRuleNamesByTargetRequest,
  type ListRuleNamesByTargetResponse,
  ListRules$,
  type ListRulesRequest,
  type ListRulesResponse,
  ListTargetsByRule$,
  type ListTargetsByRuleRequest,
  type ListTargetsByRuleResponse,
  PutRule$,
  type PutRuleRequest,
  type PutRuleResponse,
  PutTargets$,
  type PutTargetsRequest,
  type PutTargetsResponse,
  RemoveTargets$,
  type RemoveTargetsRequest,
  type RemoveTargetsResponse,
  type Target as WireTarget,
} from '@aws-sdk/client-eventbridge'
import type { Clients } from '../../contract.ts'
import { ACCOUNT_ID } from '../../kit/pure/ids.ts'
import { DEFAULT_BUS, type Rule, type Target } from '../contract.ts'
import { notFound } from '../errors.ts'
import {
  BUS_NAME,
  notHonoured,
  operation,
  pageOf,
  RULE_NAME,
  refuseDeadLetters,
  requireHonoured,
  retryOf,
  retryShown,
  tagsOf,
} from './common.ts'

const NAMED = { Name: RULE_NAME, EventBusName: BUS_NAME }
const PAGED = { Limit: { range: [1, 100] as [number, number] } }

const PutRule = operation<PutRuleRequest, PutRuleResponse>({
  schema: PutRule$,
  constraints: {
    ...NAMED,
    State: { values: ['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'] },
    EventPattern: { length: [0, 4096] },
    ScheduleExpression: { length: [0, 256] },
    Description: { length: [0, 512] },
  },
  async run(input, { clients }) {
    const honoured = [
      'Name',
      'EventBusName',
      'EventPattern',
      'ScheduleExpression',
      'State',
      'Description',
      'RoleArn',
      'Tags',
    ]
    requireHonoured(input, honoured)
    const { State = 'ENABLED' } = input
    if (State === 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS') throw notHonoured(State)
    const { arn } = await clients.events.putRule({
      bus: input.EventBusName ?? DEFAULT_BUS,
      name: input.Name!,
      pattern: input.EventPattern || undefined,
      schedule: input.ScheduleExpression || undefined,
      enabled: State === 'ENABLED',
      description: input.Description,
      roleArn: input.RoleArn,
      tags: tagsOf(input.Tags),
    })
    return { RuleArn: arn }
  },
})

async function find(events: Clients['events'], name: string, bus = DEFAULT_BUS): Promise<Rule> {
  const found = (await events.listRules({ bus })).find((rule) => rule.name === name)
  if (!found) throw notFound(`Rule ${name} does not exist on EventBus ${bus}.`)
  return found
}

const DescribeRule = operation<DescribeRuleRequest, DescribeRuleResponse>({
  schema: DescribeRule$,
  constraints: NAMED,
  run: async ({ Name, EventBusName }, { clients }) => ({
    ...shown(await find(clients.events, Name!, EventBusName)),
    CreatedBy: ACCOUNT_ID,
  }),
})

const ListRules = operation<ListRulesRequest, ListRulesResponse>({
  schema: ListRules$,
  constraints: { NamePrefix: RULE_NAME, EventBusName: BUS_NAME, ...PAGED },
  async run({ EventBusName = DEFAULT_BUS, NamePrefix = '', NextToken, Limit }, { clients }) {
    const rules = await clients.events.listRules({ bus: EventBusName })
    const named = rules.filter(({ name }) => name.startsWith(NamePrefix))
    const { page, ...more } = pageOf(named, NextToken, Limit)
    return { Rules: page.map(shown), ...more }
  },
})

const ListRuleNamesByTarget = operation<ListRuleNamesByTargetRequest, ListRuleNamesByTargetResponse>({
  schema: ListRuleNamesByTarget$,
  constraints: { EventBusName: BUS_NAME, ...PAGED },
  async run({ TargetArn, EventBusName = DEFAULT_BUS, NextToken, Limit }, { clients }) {
    const rules = await clients.events.listRules({ bus: EventBusName })
    const names = rules.filter(({ targets }) => targets.some(({ arn }) => arn === TargetArn)).map(({ name }) => name)
    const { page, ...more } = pageOf(names, NextToken, Limit)
    return { RuleNames: page, ...more }
  },
})

const EnableRule = operation<EnableRuleRequest, object>({
  schema: EnableRule$,
  constraints: NAMED,
  run: ({ Name, EventBusName = DEFAULT_BUS }, { clients }) =>
    clients.events.enableRule({ bus: EventBusName, rule: Name!, enabled: true }),
})

const DisableRule = operation<DisableRuleRequest, object>({
  schema: DisableRule$,
  constraints: NAMED,
  run: ({ Name, EventBusName = DEFAULT_BUS }, { clients }) =>
    clients.events.enableRule({ bus: EventBusName, rule: Name!, enabled: false }),
})

const DeleteRule = operation<DeleteRuleRequest, object>({
  schema: DeleteRule$,
  constraints: NAMED,
  run: ({ Name, EventBusName = DEFAULT_BUS }, { clients }) =>
    clients.events.deleteRule({ bus: EventBusName, rule: Name! }),
})

const PutTargets = operation<PutTargetsRequest, PutTargetsResponse>({
  schema: PutTargets$,
  constraints: {
    Rule: RULE_NAME,
    EventBusName: BUS_NAME,
    Targets: { length: [1, 100] },
    'Targets[].Id': RULE_NAME,
    'Targets[].Input': { length: [0, 8192] },
    'Targets[].InputPath': { length: [0, 256] },
    'Targets[].RetryPolicy.MaximumRetryAttempts': { range: [0, 185] },
    'Targets[].RetryPolicy.MaximumEventAgeInSeconds': { range: [60, 86_400] },
    'Targets[].BatchParameters.ArrayProperties.Size': { range: [2, 10_000] },
    'Targets[].BatchParameters.RetryStrategy.Attempts': { range: [1, 10] },
  },
  async run({ Rule: rule, EventBusName = DEFAULT_BUS, Targets }, { clients }) {
    await clients.events.putTargets({ bus: EventBusName, rule: rule!, targets: Targets!.map(targetOf) })
    return { FailedEntryCount: 0, FailedEntries: [] }
  },
})

function targetOf(target: WireTarget): Target {
  refuseDeadLetters(target.DeadLetterConfig)
  const what = ['Id', 'Arn', 'RoleArn', 'Input', 'InputPath', 'InputTransformer', 'RetryPolicy']
  requireHonoured(target, [...what, 'BatchParameters', 'KinesisParameters', 'HttpParameters'])
  const { InputTransformer: transformer, BatchParameters: batch, HttpParameters: http } = target
  const { Size } = batch?.ArrayProperties ?? {}
  const { Attempts } = batch?.RetryStrategy ?? {}
  return {
    id: target.Id!,
    arn: target.Arn!,
    roleArn: target.RoleArn,
    retry: retryOf(target.RetryPolicy),
    input: target.Input,
    inputPath: target.InputPath,
    ...(transformer && {
      transformer: { paths: transformer.InputPathsMap ?? {}, template: transformer.InputTemplate! },
    }),
    ...(batch && {
      batch: {
        definition: batch.JobDefinition!,
        name: batch.JobName!,
        ...(Size !== undefined && Size !== 0 && { arraySize: Size }),
        ...(Attempts !== undefined && Attempts !== 0 && { attempts: Attempts }),
      },
    }),
    partitionKeyPath: target.KinesisParameters?.PartitionKeyPath,
    ...(http && {
      http: {
        path: http.PathParameterValues ?? [],
        headers: http.HeaderParameters ?? {},
        query: http.QueryStringParameters ?? {},
      },
    }),
  }
}

const RemoveTargets = operation<RemoveTargetsRequest, RemoveTargetsResponse>({
  schema: RemoveTargets$,
  constraints: { Rule: RULE_NAME, EventBusName: BUS_NAME, Ids: { length: [1, 100] } },
  async run({ Rule: rule, EventBusName = DEFAULT_BUS, Ids }, { clients }) {
    const { unknown } = await clients.events.removeTargets({ bus: EventBusName, rule: rule!, ids: Ids! })
    const FailedEntries = unknown.map((TargetId) => ({
      TargetId,
      ErrorCode: 'ResourceNotFoundException',
      ErrorMessage: `Rule ${rule} does not have a target ${TargetId}.`,
    }))
    return { FailedEntryCount: unknown.length, FailedEntries }
  },
})

const ListTargetsByRule = operation<ListTargetsByRuleRequest, ListTargetsByRuleResponse>({
  schema: ListTargetsByRule$,
  constraints: { Rule: RULE_NAME, EventBusName: BUS_NAME, ...PAGED },
  async run({ Rule: rule, EventBusName, NextToken, Limit }, { clients }) {
    const { targets } = await find(clients.events, rule!, EventBusName)
    const { page, ...more } = pageOf(targets, NextToken, Limit)
    return { Targets: page.map(targetShown), ...more }
  },
})

function targetShown(target: Target): WireTarget {
  const { id, arn, roleArn, input, inputPath, transformer, batch, partitionKeyPath, http } = target
  return {
    Id: id,
    Arn: arn,
    RoleArn: roleArn,
    Input: input,
    InputPath: inputPath,
    RetryPolicy: retryShown(target),
    ...(transformer && {
      InputTransformer: { InputPathsMap: transformer.paths, InputTemplate: transformer.template },
    }),
    ...(batch && {
      BatchParameters: {
        JobDefinition: batch.definition,
        JobName: batch.name,
        ...(batch.arraySize !== undefined && { ArrayProperties: { Size: batch.arraySize } }),
        ...(batch.attempts !== undefined && { RetryStrategy: { Attempts: batch.attempts } }),
      },
    }),
    ...(partitionKeyPath !== undefined && { KinesisParameters: { PartitionKeyPath: partitionKeyPath } }),
    ...(http && {
      HttpParameters: {
        PathParameterValues: http.path,
        HeaderParameters: http.headers,
        QueryStringParameters: http.query,
      },
    }),
  }
}

const shown = (rule: Rule) => ({
  Name: rule.name,
  Arn: rule.arn,
  EventPattern: rule.pattern,
  ScheduleExpression: rule.schedule,
  State: rule.enabled ? ('ENABLED' as const) : ('DISABLED' as const),
  Description: rule.description,
  RoleArn: rule.roleArn,
  EventBusName: rule.bus,
})

export const ruleOperations = {
  DeleteRule,
  DescribeRule,
  DisableRule,
  EnableRule,
  ListRuleNamesByTarget,
  ListRules,
  ListTargetsByRule,
  PutRule,
  PutTargets,
  RemoveTargets,
}
