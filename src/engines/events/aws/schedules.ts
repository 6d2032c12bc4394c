import {
  CreateSchedule$,
  type CreateScheduleInput,
  type CreateScheduleOutput,
  DeleteSchedule$,
  type DeleteScheduleInput,
  GetSchedule$,
  type GetScheduleInput,
  type GetScheduleOutput,
  ListSchedules$,
  type ListSchedulesInput,
  type ListSchedulesOutput,
  UpdateSchedule$,
  type UpdateScheduleInput,
  type UpdateScheduleOutput,
  type Target as WireTarget,
} from '@aws-sdk/client-scheduler'
import type { Constraints } from '../../kit/node/aws/constraints.ts'
import { DEFAULT_GROUP, type Schedule, type ScheduleInput } from '../contract.ts'
import { invalid, notFound } from '../errors.ts'
import {
  dateOf,
  operation,
  pageOf,
  RULE_NAME,
  refuseDeadLetters,
  requireHonoured,
  retryOf,
  retryShown,
} from './common.ts'

const SCHEDULE = [
  'ActionAfterCompletion',
  'Description',
  'EndDate',
  'FlexibleTimeWindow',
  'GroupName',
  'Name',
  'ScheduleExpression',
  'ScheduleExpressionTimezone',
  'StartDate',
  'State',
  'Target',
]

const CONSTRAINTS: Constraints = {
  Name: RULE_NAME,
  GroupName: RULE_NAME,
  ActionAfterCompletion: { values: ['NONE', 'DELETE'] },
  Description: { length: [0, 512] },
  'FlexibleTimeWindow.Mode': { values: ['OFF', 'FLEXIBLE'] },
  'FlexibleTimeWindow.MaximumWindowInMinutes': { range: [1, 1440] },
  ScheduleExpression: { length: [1, 256] },
  ScheduleExpressionTimezone: { length: [1, 50] },
  State: { values: ['ENABLED', 'DISABLED'] },
  'Target.RetryPolicy.MaximumRetryAttempts': { range: [0, 185] },
  'Target.RetryPolicy.MaximumEventAgeInSeconds': { range: [60, 86_400] },
}

const CreateSchedule = operation<CreateScheduleInput, CreateScheduleOutput>({
  schema: CreateSchedule$,
  constraints: CONSTRAINTS,
  async run(input, { clients }) {
    // A second request with its token would find the schedule there, as it should.
    requireHonoured(input, [...SCHEDULE, 'ClientToken'])
    return { ScheduleArn: (await clients.events.createSchedule(scheduleOf(input))).arn }
  },
})

const UpdateSchedule = operation<UpdateScheduleInput, UpdateScheduleOutput>({
  schema: UpdateSchedule$,
  constraints: CONSTRAINTS,
  async run(input, { clients }) {
    requireHonoured(input, [...SCHEDULE, 'ClientToken'])
    return { ScheduleArn: (await clients.events.updateSchedule(scheduleOf(input))).arn }
  },
})

function scheduleOf(input: CreateScheduleInput): ScheduleInput {
  const { Mode, MaximumWindowInMinutes: windowMinutes } = input.FlexibleTimeWindow!
  if ((Mode === 'FLEXIBLE') !== (windowMinutes !== undefined))
    throw invalid(
      'MaximumWindowInMinutes is given where the mode of the FlexibleTimeWindow is FLEXIBLE, and only there.',
    )
  return {
    group: input.GroupName ?? DEFAULT_GROUP,
    name: input.Name!,
    expression: input.ScheduleExpression!,
    zone: input.ScheduleExpressionTimezone ?? 'UTC',
    startMs: input.StartDate?.getTime(),
    endMs: input.EndDate?.getTime(),
    enabled: input.State !== 'DISABLED',
    description: input.Description,
    windowMinutes: windowMinutes ?? 0,
    afterCompletion: input.ActionAfterCompletion ?? 'NONE',
    target: targetOf(input.Target!),
  }
}

function targetOf(target: WireTarget): ScheduleInput['target'] {
  refuseDeadLetters(target.DeadLetterConfig)
  const honoured = ['Arn', 'RoleArn', 'Input', 'RetryPolicy', 'EventBridgeParameters', 'KinesisParameters']
  requireHonoured(target, honoured, 'Target.')
  const { EventBridgeParameters: event, KinesisParameters: kinesis } = target
  return {
    arn: target.Arn!,
    roleArn: target.RoleArn,
    input: target.Input,
    retry: retryOf(target.RetryPolicy),
    partitionKey: kinesis?.PartitionKey,
    ...(event && { event: { source: event.Source!, detailType: event.DetailType! } }),
  }
}

const GetSchedule = operation<GetScheduleInput, GetScheduleOutput>({
  schema: GetSchedule$,
  constraints: { Name: RULE_NAME, GroupName: RULE_NAME },
  async run({ Name, GroupName = DEFAULT_GROUP }, { clients }) {
    const schedules = await clients.events.listSchedules({})
    const found = schedules.find(({ group, name }) => group === GroupName && name === Name)
    if (!found) throw notFound(`Schedule ${Name} does not exist.`)
    return {
      ...common(found),
      ActionAfterCompletion: found.afterCompletion,
      Description: found.description,
      StartDate: dateOf(found.startMs),
      EndDate: dateOf(found.endMs),
      FlexibleTimeWindow:
        found.windowMinutes > 0 ? { Mode: 'FLEXIBLE', MaximumWindowInMinutes: found.windowMinutes } : { Mode: 'OFF' },
      ScheduleExpression: found.expression,
      ScheduleExpressionTimezone: found.zone,
      Target: targetShown(found.target),
    }
  },
})

function targetShown(target: Schedule['target']): WireTarget {
  const { arn, roleArn, input, partitionKey, event } = target
  return {
    Arn: arn,
    RoleArn: roleArn,
    Input: input,
    RetryPolicy: retryShown(target),
    ...(partitionKey !== undefined && { KinesisParameters: { PartitionKey: partitionKey } }),
    ...(event && { EventBridgeParameters: { Source: event.source, DetailType: event.detailType } }),
  }
}

const ListSchedules = operation<ListSchedulesInput, ListSchedulesOutput>({
  schema: ListSchedules$,
  constraints: { MaxResults: { range: [1, 100] } },
  async run({ GroupName, NamePrefix = '', State, NextToken, MaxResults }, { clients }) {
    const schedules = (await clients.events.listSchedules({})).filter(
      ({ group, name, enabled }) =>
        (GroupName === undefined || group === GroupName) &&
        name.startsWith(NamePrefix) &&
        (State === undefined || (State === 'ENABLED') === enabled),
    )
    const { page, ...more } = pageOf(schedules, NextToken, MaxResults)
    const Schedules = page.map((schedule) => ({ ...common(schedule), Target: { Arn: schedule.target.arn } }))
    return { Schedules, ...more }
  },
})

const common = ({ arn, name, group, enabled, createdMs, modifiedMs }: Schedule) => ({
  Arn: arn,
  Name: name,
  GroupName: group,
  State: enabled ? ('ENABLED' as const) : ('DISABLED' as const),
  CreationDate: dateOf(createdMs),
  LastModificationDate: dateOf(modifiedMs),
})

const DeleteSchedule = operation<DeleteScheduleInput, object>({
  schema: DeleteSchedule$,
  constraints: { Name: RULE_NAME, GroupName: RULE_NAME },
  run: ({ Name, GroupName = DEFAULT_GROUP }, { clients }) =>
    clients.events.deleteSchedule({ group: GroupName, name: Name! }),
})

export const scheduleOperations = { CreateSchedule, DeleteSchedule, GetSchedule, ListSchedules, UpdateSchedule }
