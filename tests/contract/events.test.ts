import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateArchiveCommand,
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeArchiveCommand,
  DescribeReplayCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  ListEventBusesCommand,
  ListRuleNamesByTargetCommand,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutPermissionCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  StartReplayCommand,
  TagResourceCommand,
  type Target,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge'
import { describe, expect, it } from 'vitest'
import { EngineError } from '../../src/engines/kit/pure/errors.ts'
import { FUNCTION, QUEUE, startEvents, type TestEvents } from '../support/events.ts'

const BUS = 'arn:aws:events:us-east-1:000000000000:event-bus'

const put = (bed: TestEvents, detail: unknown, more: object = {}) =>
  bed.bridge.send(
    new PutEventsCommand({
      Entries: [{ Source: 'shop', DetailType: 'Order', Detail: JSON.stringify(detail), ...more }],
    }),
  )

async function rule(bed: TestEvents, targets: Partial<Target>[], EventPattern = '{"source":["shop"]}', Name = 'r') {
  await bed.bridge.send(new PutRuleCommand({ Name, EventPattern }))
  const Targets = targets.map((target, i) => ({ Id: `t${i}`, Arn: FUNCTION, ...target }))
  await bed.bridge.send(new PutTargetsCommand({ Rule: Name, Targets }))
}

describe('an event', () => {
  it('comes to the targets of the rules that it matches, whole, and to no other', async () => {
    await using bed = await startEvents()
    await rule(bed, [{}], '{"source":["shop"],"detail":{"total":[{"numeric":[">",10]}]}}')
    const answer = await put(bed, { total: 11 }, { Resources: ['a'], Time: new Date('2024-01-01T10:00:00.500Z') })
    await put(bed, { total: 10 })
    await bed.settle()
    expect(answer).toMatchObject({ FailedEntryCount: 0 })
    expect(bed.invoked).toEqual([
      {
        version: '0',
        id: answer.Entries![0].EventId,
        'detail-type': 'Order',
        source: 'shop',
        account: '000000000000',
        time: '2024-01-01T10:00:00Z',
        region: 'us-east-1',
        resources: ['a'],
        detail: { total: 11 },
      },
    ])
  })

  it('is handed on with its numbers as they were put', async () => {
    let data = ''
    const stream = {
      put: async ({ batch }: { batch: { data: Uint8Array } }) => {
        data = new TextDecoder().decode(batch.data)
        return { failed: 0 }
      },
    }
    await using bed = await startEvents({ fakes: { stream } })
    await rule(bed, [{ Arn: 'arn:aws:kinesis:us-east-1:000000000000:stream/s' }])
    const Detail = '{"big":9223372036854775807}'
    await bed.bridge.send(new PutEventsCommand({ Entries: [{ Source: 'shop', DetailType: 'Order', Detail }] }))
    await bed.settle()
    expect(data).toContain(`"detail":${Detail}}`)
  })

  it('that is none is refused alone, with its reason', async () => {
    await using bed = await startEvents()
    const good = { Source: 'shop', DetailType: 'Order', Detail: '{}' }
    const Entries = [
      good,
      { ...good, Source: undefined },
      { ...good, Detail: '[1]' },
      { ...good, Source: 'aws.ec2' },
      { ...good, EventBusName: 'nobody' },
      good,
    ]
    const answer = await bed.bridge.send(new PutEventsCommand({ Entries }))
    expect(answer.FailedEntryCount).toBe(4)
    expect(answer.Entries!.map(({ ErrorCode, EventId }) => ErrorCode ?? typeof EventId)).toEqual([
      'string',
      'InvalidArgument',
      'MalformedDetail',
      'NotAuthorizedForSourceException',
      'ResourceNotFoundException',
      'string',
    ])
    await expect(bed.bridge.send(new PutEventsCommand({ Entries: Array(11).fill(good) }))).rejects.toThrow(
      /Entries|entries/,
    )
    const large = { ...good, Detail: JSON.stringify({ x: 'x'.repeat(1024 * 1024) }) }
    await expect(bed.bridge.send(new PutEventsCommand({ Entries: [large] }))).rejects.toMatchObject({
      name: 'ValidationException',
    })
  })

  it('goes on to another bus, once', async () => {
    await using bed = await startEvents()
    for (const Name of ['second', 'third']) await bed.bridge.send(new CreateEventBusCommand({ Name }))
    await rule(bed, [{ Arn: `${BUS}/second` }])
    const on = async (EventBusName: string, Arn: string) => {
      await bed.bridge.send(new PutRuleCommand({ Name: 'r', EventBusName, EventPattern: '{"source":["shop"]}' }))
      await bed.bridge.send(new PutTargetsCommand({ Rule: 'r', EventBusName, Targets: [{ Id: 't', Arn }] }))
    }
    await on('second', FUNCTION)
    await bed.bridge.send(
      new PutTargetsCommand({ Rule: 'r', EventBusName: 'second', Targets: [{ Id: 'u', Arn: `${BUS}/third` }] }),
    )
    await on('third', FUNCTION)
    const { Entries } = await put(bed, { n: 1 })
    await bed.settle()
    expect(bed.invoked).toMatchObject([{ id: Entries![0].EventId, detail: { n: 1 } }])
  })
})

describe('a target', () => {
  it('gets the input that it asks for', async () => {
    await using bed = await startEvents()
    const InputTransformer = {
      InputPathsMap: { total: '$.detail.total', who: '$.detail.names[1]', all: '$.detail', none: '$.detail.none' },
      InputTemplate:
        '{"total": <total>, "who": <who>, "text": "<who> (<total>): <none>", "all": <all>, "rule": <aws.events.rule-name>}',
    }
    await rule(bed, [
      { Input: '{"fixed":true}' },
      { InputPath: '$.detail.names' },
      { InputTransformer },
      { InputTransformer: { InputPathsMap: { who: '$.detail.names[1]' }, InputTemplate: '"Order of <who>"' } },
    ])
    const detail = { total: 7, names: ['a', 'Ann "A" B'] }
    await put(bed, detail)
    await bed.settle()
    expect(bed.invoked).toEqual([
      { fixed: true },
      detail.names,
      { total: 7, who: detail.names[1], text: 'Ann "A" B (7): ', all: detail, rule: 'r' },
      'Order of Ann "A" B',
    ])
  })

  it('is tried again with a growing distance while it cannot take it, and given up by its policy', async () => {
    await using bed = await startEvents()
    await rule(bed, [{ RetryPolicy: { MaximumRetryAttempts: 2 } }])
    const busy = () => new EngineError('TooManyRequestsException', 'Rate exceeded')
    bed.refusals.push(busy(), busy())
    await put(bed, { n: 1 })
    await bed.settle(10_000)
    expect(bed.invoked).toHaveLength(1)
    bed.refusals.push(busy(), busy(), busy(), busy())
    await put(bed, { n: 2 })
    await bed.settle(3600_000)
    expect(bed.refusals).toHaveLength(1)
    bed.refusals.length = 0
    await rule(bed, [{ Arn: FUNCTION.replace(/:f$/, ':gone') }])
    await put(bed, { n: 3 })
    await bed.settle()
    const [{ deliveries }] = await Array.fromAsync(
      (async function* () {
        for await (const item of bed.events.watch({})) {
          yield item
          return
        }
      })(),
    )
    expect(deliveries.map(({ state, attempts }) => [state, attempts])).toEqual([
      ['DELIVERED', 3],
      ['FAILED', 3],
      ['FAILED', 1],
    ])
    expect(deliveries.at(-1)!.outcome).toMatch(/ResourceNotFoundException/)
  })

  it('may be a job queue, a delivery stream or a data stream', async () => {
    await using bed = await startEvents()
    const parameters = { JobDefinition: 'd:3', JobName: 'n', ArrayProperties: { Size: 4 } }
    const InputTransformer = {
      InputPathsMap: { key: '$.detail.key' },
      InputTemplate:
        '{"Parameters": {"key": <key>}, "ContainerOverrides": {"Environment": [{"Name": "K", "Value": <key>}]}}',
    }
    await rule(bed, [
      { Arn: QUEUE, BatchParameters: parameters, InputTransformer },
      { Arn: 'arn:aws:firehose:us-east-1:000000000000:deliverystream/d' },
      {
        Arn: 'arn:aws:kinesis:us-east-1:000000000000:stream/s',
        KinesisParameters: { PartitionKeyPath: '$.detail.key' },
      },
    ])
    await put(bed, { key: 'k1' })
    await bed.settle()
    const asked = Object.fromEntries(bed.asked) as Record<string, Record<string, never>>
    expect(asked['batch.submit']).toMatchObject({
      name: 'n',
      queue: QUEUE,
      definition: 'd:3',
      parameters: { key: 'k1' },
      overrides: { environment: { K: 'k1' } },
      arraySize: 4,
    })
    expect(asked['firehose.put']).toMatchObject({ name: 'd', batch: { count: 1 } })
    const { keys } = asked['stream.put'].batch as { keys: Uint8Array }
    expect(new TextDecoder().decode(keys)).toBe('k1')
    const names = await bed.bridge.send(new ListRuleNamesByTargetCommand({ TargetArn: QUEUE }))
    expect(names.RuleNames).toEqual(['r'])
    const { Targets } = await bed.bridge.send(new ListTargetsByRuleCommand({ Rule: 'r' }))
    expect(Targets![0]).toMatchObject({ Id: 't0', Arn: QUEUE, BatchParameters: parameters, InputTransformer })
  })

  it.each<[string, Partial<Target>, RegExp]>([
    ['in a place that is not here', { Arn: 'arn:aws:sns:us-east-1:000000000000:topic' }, /not valid/],
    ['a queue of SQS', { Arn: 'arn:aws:sqs:us-east-1:000000000000:q' }, /queues of SQS/],
    ['on a bus that is not there', { Arn: `${BUS}/none` }, /does not exist/],
    ['with a dead-letter queue', { DeadLetterConfig: { Arn: 'arn:aws:sqs:us-east-1:000000000000:q' } }, /DeadLetter/],
    ['with two inputs', { Input: '1', InputPath: '$' }, /Only one of/],
    ['with an input that is no JSON', { Input: 'x' }, /JSON syntax error/],
    ['with a path that is none', { InputPath: 'detail' }, /not a valid JSON path/],
    [
      'with a name that its map does not have',
      { InputTransformer: { InputPathsMap: {}, InputTemplate: '"<x>"' } },
      /Placeholder x/,
    ],
    ['a job queue without a job', { Arn: QUEUE }, /BatchParameters/],
    ['with parameters of ECS', { EcsParameters: { TaskDefinitionArn: 'x' } }, /EcsParameters/],
  ])('%s is refused', async (_, target, why) => {
    await using bed = await startEvents()
    await expect(rule(bed, [target])).rejects.toThrow(why)
  })
})

describe('rules and buses', () => {
  it('are made, described, switched, listed and deleted', async () => {
    await using bed = await startEvents()
    await rule(bed, [{}])
    await bed.bridge.send(new DisableRuleCommand({ Name: 'r' }))
    await put(bed, {})
    expect(await bed.bridge.send(new DescribeRuleCommand({ Name: 'r' }))).toMatchObject({
      Arn: 'arn:aws:events:us-east-1:000000000000:rule/r',
      State: 'DISABLED',
      EventBusName: 'default',
      EventPattern: '{"source":["shop"]}',
    })
    await bed.bridge.send(new EnableRuleCommand({ Name: 'r' }))
    await put(bed, { n: 2 })
    await bed.settle()
    expect(bed.invoked).toMatchObject([{ detail: { n: 2 } }])
    await expect(bed.bridge.send(new DeleteRuleCommand({ Name: 'r' }))).rejects.toThrow(/has targets/)
    const removed = await bed.bridge.send(new RemoveTargetsCommand({ Rule: 'r', Ids: ['t0', 'x'] }))
    expect(removed).toMatchObject({ FailedEntryCount: 1, FailedEntries: [{ TargetId: 'x' }] })
    await bed.bridge.send(new DeleteRuleCommand({ Name: 'r' }))
    await expect(bed.bridge.send(new DescribeRuleCommand({ Name: 'r' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
    const bus = await bed.bridge.send(new CreateEventBusCommand({ Name: 'b', Tags: [{ Key: 'k', Value: 'v' }] }))
    await bed.bridge.send(new TagResourceCommand({ ResourceARN: bus.EventBusArn, Tags: [{ Key: 'l', Value: 'w' }] }))
    const tags = await bed.bridge.send(new ListTagsForResourceCommand({ ResourceARN: bus.EventBusArn }))
    expect(tags.Tags).toEqual([
      { Key: 'k', Value: 'v' },
      { Key: 'l', Value: 'w' },
    ])
    await expect(bed.bridge.send(new CreateEventBusCommand({ Name: 'b' }))).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
    })
    await bed.bridge.send(new DeleteEventBusCommand({ Name: 'b' }))
    const { EventBuses } = await bed.bridge.send(new ListEventBusesCommand({}))
    expect(EventBuses!.map(({ Name }) => Name)).toEqual(['default'])
    await expect(
      bed.bridge.send(new PutPermissionCommand({ StatementId: 'x', Principal: '*', Action: 'events:PutEvents' })),
    ).rejects.toMatchObject({ name: 'UnknownOperationException' })
  })

  it('are listed by pages', async () => {
    await using bed = await startEvents()
    for (let i = 0; i < 5; i++)
      await bed.bridge.send(new PutRuleCommand({ Name: `r${i}`, EventPattern: '{"source":["x"]}' }))
    const first = await bed.bridge.send(new ListRulesCommand({ Limit: 3 }))
    const second = await bed.bridge.send(new ListRulesCommand({ Limit: 3, NextToken: first.NextToken }))
    expect([...first.Rules!, ...second.Rules!].map(({ Name }) => Name)).toEqual(['r0', 'r1', 'r2', 'r3', 'r4'])
    expect(second.NextToken).toBeUndefined()
  })

  it('of which a pattern is none are refused in the words of the service', async () => {
    await using bed = await startEvents()
    await expect(
      bed.bridge.send(new PutRuleCommand({ Name: 'r', EventPattern: '{"a":[{"like":1}]}' })),
    ).rejects.toMatchObject({ name: 'InvalidEventPatternException', message: expect.stringContaining('like') })
    await expect(bed.bridge.send(new PutRuleCommand({ Name: 'r' }))).rejects.toThrow(/must be specified/)
    const event = { id: '1', account: '0', source: 's', time: 't', region: 'r', resources: [], 'detail-type': 'd' }
    const test = (EventPattern: string) =>
      bed.bridge.send(new TestEventPatternCommand({ EventPattern, Event: JSON.stringify(event) }))
    expect((await test('{"source":["s"]}')).Result).toBe(true)
    expect((await test('{"source":["t"]}')).Result).toBe(false)
  })

  it('with a schedule are due on the clock, and again after a stop, once for all that was missed', async () => {
    const bed = await startEvents({ directory: mkdtempSync(join(tmpdir(), 'millrace-events-')) })
    await bed.bridge.send(new PutRuleCommand({ Name: 'r', ScheduleExpression: 'rate(10 minutes)' }))
    await bed.bridge.send(new PutTargetsCommand({ Rule: 'r', Targets: [{ Id: 't', Arn: FUNCTION }] }))
    await bed.settle(25 * 60_000)
    expect(bed.invoked).toMatchObject([
      { source: 'aws.events', 'detail-type': 'Scheduled Event', time: '2001-01-01T00:10:00Z', detail: {} },
      { time: '2001-01-01T00:20:00Z', resources: ['arn:aws:events:us-east-1:000000000000:rule/r'] },
    ])
    await using after = await bed.restart(60 * 60_000)
    await after.settle(10 * 60_000)
    expect(after.invoked.map((event) => (event as { time: string }).time)).toEqual([
      '2001-01-01T01:20:00Z',
      '2001-01-01T01:30:00Z',
    ])
  })
})

describe('an archive', () => {
  it('keeps what matches, and a replay puts it to the rules again', async () => {
    await using bed = await startEvents()
    const EventPattern = '{"detail":{"keep":[true]}}'
    const EventSourceArn = `${BUS}/default`
    const made = await bed.bridge.send(
      new CreateArchiveCommand({ ArchiveName: 'a', EventSourceArn, EventPattern, RetentionDays: 7 }),
    )
    const at = (s: number) => new Date(Date.UTC(2001, 0, 1, 0, 0, s))
    for (let from = 0; from < 250; from += 10)
      await bed.bridge.send(
        new PutEventsCommand({
          Entries: Array.from({ length: 10 }, (_, i) => ({
            Source: 'shop',
            DetailType: 'Order',
            Detail: JSON.stringify({ s: from + i, keep: i % 5 !== 0 }),
            Time: at(from + i),
          })),
        }),
      )
    expect(await bed.bridge.send(new DescribeArchiveCommand({ ArchiveName: 'a' }))).toMatchObject({
      EventCount: 200,
      RetentionDays: 7,
      State: 'ENABLED',
    })
    await rule(bed, [{}])
    await rule(bed, [{}], '{"source":["shop"]}', 'other')
    await bed.bridge.send(
      new StartReplayCommand({
        ReplayName: 'again',
        EventSourceArn: made.ArchiveArn,
        EventStartTime: at(10),
        EventEndTime: at(240),
        Destination: { Arn: EventSourceArn, FilterArns: ['arn:aws:events:us-east-1:000000000000:rule/r'] },
      }),
    )
    await expect
      .poll(async () => {
        await bed.settle()
        return (await bed.bridge.send(new DescribeReplayCommand({ ReplayName: 'again' }))).State
      })
      .toBe('COMPLETED')
    await expect.poll(() => bed.settle().then(() => bed.invoked.length)).toBe(184)
    const wanted = Array.from({ length: 230 }, (_, i) => i + 10).filter((s) => s % 5 !== 0)
    const seen = (bed.invoked as { 'replay-name': string; detail: { s: number } }[]).map((event) => {
      expect(event['replay-name']).toBe('again')
      return event.detail.s
    })
    expect(seen.toSorted((a, b) => a - b)).toEqual(wanted)
    expect(await bed.bridge.send(new DescribeArchiveCommand({ ArchiveName: 'a' }))).toMatchObject({ EventCount: 200 })
  })
})

describe('in a workspace that its user does not trust', () => {
  it('nobody adds a target, and what came with it starts nothing until it is trusted', async () => {
    let trusted = true
    const workspace = { describe: async () => ({ trusted }) }
    const directory = mkdtempSync(join(tmpdir(), 'millrace-events-'))
    const before = await startEvents({ directory, fakes: { workspace } })
    await rule(before, [{}])
    trusted = false
    await using bed = await before.restart(0)
    await put(bed, { n: 1 })
    expect(bed.invoked).toEqual([])
    await expect(rule(bed, [{}])).rejects.toMatchObject({ name: 'AccessDeniedException' })
    trusted = true
    await expect.poll(() => bed.settle().then(() => bed.invoked), { timeout: 3000 }).toHaveLength(1)
  })

  it('and unsigned calls are refused', async () => {
    await using bed = await startEvents()
    const answer = await fetch(bed.gate.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'AWSEvents.PutEvents', 'content-type': 'application/x-amz-json-1.1' },
      body: '{"Entries":[]}',
    })
    expect(answer.status).toBe(403)
  })
})
