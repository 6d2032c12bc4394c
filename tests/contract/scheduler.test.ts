import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  ListTagsForResourceCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler'
import { describe, expect, it } from 'vitest'
import { FUNCTION, startEvents, type TestEvents } from '../support/events.ts'

const MINUTE = 60_000
const ROLE = 'arn:aws:iam::000000000000:role/r'

const input = (more: Partial<CreateScheduleCommandInput> = {}): CreateScheduleCommandInput => ({
  Name: 's',
  ScheduleExpression: 'rate(10 minutes)',
  FlexibleTimeWindow: { Mode: 'OFF' },
  Target: { Arn: FUNCTION, RoleArn: ROLE, Input: '"<aws.scheduler.scheduled-time> <aws.scheduler.attempt-number>"' },
  ...more,
})
const create = (bed: TestEvents, more: Partial<CreateScheduleCommandInput> = {}) =>
  bed.scheduler.send(new CreateScheduleCommand(input(more)))

describe('a schedule', () => {
  it('hands its input to its target at its times, between its dates', async () => {
    await using bed = await startEvents()
    await create(bed, {
      StartDate: new Date('2001-01-01T00:15:00Z'),
      EndDate: new Date('2001-01-01T00:40:00Z'),
      ActionAfterCompletion: 'DELETE',
    })
    await bed.settle(20 * MINUTE)
    expect(bed.invoked).toEqual(['2001-01-01T00:15:00Z 1'])
    await bed.settle(60 * MINUTE)
    expect(bed.invoked).toEqual(['2001-01-01T00:15:00Z 1', '2001-01-01T00:25:00Z 1', '2001-01-01T00:35:00Z 1'])
    const gone = bed.scheduler.send(new GetScheduleCommand({ Name: 's' }))
    await expect(gone).rejects.toMatchObject({ name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 } })
  })

  it('of one time goes by the clock of its zone, and is there afterwards unless it is told to go', async () => {
    await using bed = await startEvents()
    await create(bed, {
      ScheduleExpression: 'at(2001-01-01T02:30:00)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      Target: { Arn: FUNCTION, RoleArn: ROLE },
    })
    await bed.settle(120 * MINUTE)
    expect(bed.invoked).toMatchObject([{ source: 'aws.scheduler', time: '2001-01-01T01:30:00Z', detail: '{}' }])
    expect(await bed.scheduler.send(new GetScheduleCommand({ Name: 's' }))).toMatchObject({
      Arn: 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/s',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      ActionAfterCompletion: 'NONE',
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
    })
  })

  it('with a flexible window is due once within it', async () => {
    await using bed = await startEvents()
    await bed.settle(MINUTE)
    await create(bed, {
      ScheduleExpression: 'cron(0 * * * ? *)',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 30 },
    })
    await bed.settle(59 * MINUTE)
    const [{ deliveries }] = await first(bed)
    const lateMs = deliveries[0].atMs - Date.UTC(2001, 0, 1, 1)
    expect(deliveries[0].state === 'DELIVERED' || (lateMs > 0 && lateMs < 30 * MINUTE)).toBe(true)
    await bed.settle(30 * MINUTE)
    expect(bed.invoked).toEqual(['2001-01-01T01:00:00Z 1'])
  })

  it('goes on after a stop, and makes up once for what it missed', async () => {
    const bed = await startEvents({ directory: mkdtempSync(join(tmpdir(), 'millrace-scheduler-')) })
    await create(bed)
    await bed.settle(15 * MINUTE)
    expect(bed.invoked).toEqual(['2001-01-01T00:00:00Z 1', '2001-01-01T00:10:00Z 1'])
    await using after = await bed.restart(40 * MINUTE)
    await after.settle(5 * MINUTE)
    expect(after.invoked).toEqual(['2001-01-01T00:50:00Z 1', '2001-01-01T01:00:00Z 1'])
  })

  it('is changed as a whole, switched off, and deleted', async () => {
    await using bed = await startEvents()
    await create(bed)
    await expect(create(bed)).rejects.toMatchObject({ name: 'ConflictException' })
    await bed.settle()
    await bed.scheduler.send(new UpdateScheduleCommand(input({ State: 'DISABLED', Description: 'off' })))
    await bed.settle(60 * MINUTE)
    expect(bed.invoked).toHaveLength(1)
    const { Schedules } = await bed.scheduler.send(new ListSchedulesCommand({ State: 'DISABLED' }))
    expect(Schedules).toMatchObject([{ Name: 's', GroupName: 'default', Target: { Arn: FUNCTION } }])
    await bed.scheduler.send(new DeleteScheduleCommand({ Name: 's' }))
    expect((await bed.scheduler.send(new ListSchedulesCommand({}))).Schedules).toEqual([])
  })

  it('may submit a job, start a crawler or a query, or put an event', async () => {
    await using bed = await startEvents()
    const target = (Arn: string, Input: object) => ({ Arn, RoleArn: ROLE, Input: JSON.stringify(Input) })
    const sdk = 'arn:aws:scheduler:::aws-sdk:'
    const job = { JobName: 'j', JobQueue: 'q', JobDefinition: 'd', Parameters: { a: 'b' } }
    await create(bed, { Name: 'job', Target: target(`${sdk}batch:submitJob`, job) })
    await create(bed, { Name: 'crawl', Target: target(`${sdk}glue:startCrawler`, { Name: 'c' }) })
    const query = { QueryString: 'select 1', QueryExecutionContext: { Database: 'd' } }
    await create(bed, { Name: 'query', Target: target(`${sdk}athena:startQueryExecution`, query) })
    await bed.events.putRule({ name: 'r', pattern: '{"source":["clock"],"detail":{"n":[1]}}' })
    await bed.events.putTargets({ rule: 'r', targets: [{ id: 't', arn: FUNCTION }] })
    const bus = target('arn:aws:events:us-east-1:000000000000:event-bus/default', { n: 1 })
    await create(bed, {
      Name: 'event',
      Target: { ...bus, EventBridgeParameters: { Source: 'clock', DetailType: 'Tick' } },
    })
    await bed.settle()
    expect(Object.fromEntries(bed.asked)).toMatchObject({
      'batch.submit': { name: 'j', queue: 'q', definition: 'd', parameters: { a: 'b' }, overrides: {} },
      'catalog.startCrawler': { crawler: 'c' },
      'athena.startQuery': { sql: 'select 1', database: 'd', resultFile: true },
    })
    expect(bed.invoked).toMatchObject([{ source: 'clock', 'detail-type': 'Tick', detail: { n: 1 } }])
  })

  it.each<[string, Partial<CreateScheduleCommandInput>, RegExp]>([
    ['with a zone that is none', { ScheduleExpressionTimezone: 'Mars/Base' }, /Timezone/],
    ['with no expression', { ScheduleExpression: 'often' }, /Invalid Schedule Expression/],
    ['in a group that is not there', { GroupName: 'none' }, /does not exist/],
    ['with a window and no size', { FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }, /MaximumWindowInMinutes/],
    [
      'on a job queue, which only rules have',
      { Target: { Arn: 'arn:aws:batch:us-east-1:000000000000:job-queue/q', RoleArn: ROLE } },
      /Arn/,
    ],
    [
      'for an operation that only reads',
      { Target: { Arn: 'arn:aws:scheduler:::aws-sdk:batch:listJobs', RoleArn: ROLE } },
      /only reads/,
    ],
    [
      'for an operation that is not here',
      { Target: { Arn: 'arn:aws:scheduler:::aws-sdk:batch:makeCoffee', RoleArn: ROLE } },
      /MakeCoffee/,
    ],
    [
      'for another service',
      { Target: { Arn: 'arn:aws:scheduler:::aws-sdk:ec2:stopInstances', RoleArn: ROLE } },
      /not offered here/,
    ],
    ['with a key', { KmsKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/k' }, /KmsKeyArn/],
  ])('%s is refused', async (_, more, why) => {
    await using bed = await startEvents()
    await expect(create(bed, more)).rejects.toThrow(why)
  })
})

describe('a group', () => {
  it('has schedules of its own, which go with it', async () => {
    await using bed = await startEvents()
    const Tags = [{ Key: 'team', Value: 'data' }]
    const { ScheduleGroupArn } = await bed.scheduler.send(new CreateScheduleGroupCommand({ Name: 'g', Tags }))
    await create(bed, { GroupName: 'g' })
    await create(bed)
    const { ScheduleGroups } = await bed.scheduler.send(new ListScheduleGroupsCommand({}))
    expect(ScheduleGroups!.map(({ Name }) => Name)).toEqual(['default', 'g'])
    const tags = await bed.scheduler.send(new ListTagsForResourceCommand({ ResourceArn: ScheduleGroupArn }))
    expect(tags.Tags).toEqual(Tags)
    await bed.scheduler.send(new DeleteScheduleGroupCommand({ Name: 'g' }))
    const { Schedules } = await bed.scheduler.send(new ListSchedulesCommand({}))
    expect(Schedules!.map(({ GroupName }) => GroupName)).toEqual(['default'])
    await expect(bed.scheduler.send(new DeleteScheduleGroupCommand({ Name: 'default' }))).rejects.toMatchObject({
      name: 'ValidationException',
    })
  })
})

async function first(bed: TestEvents) {
  for await (const item of bed.events.watch({})) return [item]
  throw new Error('the feed ended')
}
