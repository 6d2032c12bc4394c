import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { queryEvent } from '../../src/engines/athena/bus-event.ts'
import type { QueryExecution } from '../../src/engines/athena/contract.ts'
import { engine as batch } from '../../src/engines/batch/engine.ts'
import { crawlerEvent } from '../../src/engines/catalog/crawlers/bus-event.ts'
import { EventAnnouncements, OUTBOX } from '../../src/engines/kit/node/event-announcements.ts'
import { openStore } from '../../src/engines/kit/node/sqlite.ts'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { EngineError } from '../../src/engines/kit/pure/errors.ts'
import { engine as lake } from '../../src/engines/lake/engine.ts'
import { engine as states } from '../../src/engines/states/engine.ts'
import { FUNCTION, QUEUE, startEvents } from '../support/events.ts'

const target = [{ id: 't', arn: FUNCTION }]
const log = { debug() {}, info() {}, warn() {}, error() {} }

describe('an engine tells the bus', () => {
  it('of objects, where the bucket is told to', async () => {
    await using bed = await startEvents({ engines: [lake] })
    const s3 = new S3Client({ ...bed.gate.config, forcePathStyle: true })
    const { lake: store } = bed.gate.engines.clients
    for (const bucket of ['told', 'quiet']) await store.createBucket({ bucket })
    const NotificationConfiguration = { EventBridgeConfiguration: {} }
    await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket: 'told', NotificationConfiguration }))
    const kept = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: 'told' }))
    expect(kept).toMatchObject(NotificationConfiguration)
    await bed.events.putRule({ name: 'r', pattern: '{"source":["aws.s3"],"detail-type":["Object Created"]}' })
    await bed.events.putTargets({ rule: 'r', targets: target })
    for (const Bucket of ['quiet', 'told'])
      await s3.send(new PutObjectCommand({ Bucket, Key: 'a b/c.csv', Body: 'x,y' }))
    await store.deleteObjects({ bucket: 'told', keys: ['a b/c.csv'] })
    await expect.poll(() => bed.settle().then(() => bed.invoked.length)).toBe(1)
    expect(bed.invoked).toMatchObject([
      {
        source: 'aws.s3',
        resources: ['arn:aws:s3:::told'],
        detail: { bucket: { name: 'told' }, object: { key: 'a b/c.csv', size: 3 }, reason: 'PutObject' },
      },
    ])
    s3.destroy()
  })

  it('of jobs as they change, and a rule starts a job', async () => {
    await using bed = await startEvents({ engines: [batch] })
    const { batch: jobs } = bed.gate.engines.clients
    await jobs.createEnvironment({ name: 'e', kind: 'EC2', maxVcpus: 2 })
    await jobs.createQueue({ name: 'q', priority: 1, environments: ['e'] })
    const container = { image: 'i', command: ['true'], vcpus: 1, memoryMiB: 64 }
    await jobs.registerDefinition({ name: 'd', container })
    await bed.events.putRule({ name: 'start', pattern: '{"source":["shop"]}' })
    const start = { id: 't', arn: QUEUE, batch: { definition: 'd', name: 'started' } }
    await bed.events.putTargets({ rule: 'start', targets: [start] })
    await bed.events.putRule({ name: 'done', pattern: '{"detail":{"status":["SUCCEEDED"],"jobName":["started"]}}' })
    await bed.events.putTargets({ rule: 'done', targets: target })
    await bed.settle()
    await bed.events.put({ entries: [{ source: 'shop', detailType: 'Order', detail: '{}' }] })
    await expect.poll(() => bed.settle().then(() => bed.invoked.length), { timeout: 5000 }).toBe(1)
    expect(bed.invoked).toMatchObject([
      {
        source: 'aws.batch',
        'detail-type': 'Batch Job State Change',
        detail: { status: 'SUCCEEDED', jobQueue: QUEUE, attempts: [{ container: { exitCode: 0 } }] },
      },
    ])
  })

  it('of executions, and a rule starts one with the event as its input', async () => {
    await using bed = await startEvents({ engines: [states] })
    const definition = JSON.stringify({ StartAt: 'Done', States: { Done: { Type: 'Succeed' } } })
    const { arn } = await bed.gate.engines.clients.states.createMachine({ name: 'm', definition })
    await bed.events.putRule({ name: 'start', pattern: '{"source":["shop"]}' })
    await bed.events.putTargets({ rule: 'start', targets: [{ id: 't', arn, inputPath: '$.detail' }] })
    await bed.events.putRule({ name: 'done', pattern: '{"source":["aws.states"],"detail":{"status":["SUCCEEDED"]}}' })
    await bed.events.putTargets({ rule: 'done', targets: target })
    await bed.settle()
    await bed.events.put({ entries: [{ source: 'shop', detailType: 'Order', detail: '{"n":1}' }] })
    await expect.poll(() => bed.settle().then(() => bed.invoked.length), { timeout: 5000 }).toBe(1)
    expect(bed.invoked).toMatchObject([
      {
        'detail-type': 'Step Functions Execution Status Change',
        detail: { stateMachineArn: arn, status: 'SUCCEEDED', input: '{"n":1}', output: '{"n":1}' },
      },
    ])
  })

  it('of crawlers and queries in the words of the service', () => {
    const crawl = {
      crawlId: 'c',
      state: 'COMPLETED' as const,
      startedMs: 0,
      endedMs: 7000,
      tables: { created: ['a'], updated: [], deleted: [] },
      partitions: { created: 2, updated: 0, deleted: 0 },
      filesRead: 3,
      problemCount: 0,
      problems: [],
    }
    expect(crawlerEvent('logs', crawl).detail).toMatchObject({
      crawlerName: 'logs',
      state: 'Succeeded',
      tablesCreated: '1',
      partitionsCreated: '2',
      'runningTime (sec)': '7',
    })
    const query = { queryId: 'q', state: 'RUNNING', statementType: 'DML', workGroup: 'primary' } as QueryExecution
    expect(queryEvent({ ...query, state: 'SUCCEEDED' }, query).detail).toEqual({
      versionId: '0',
      currentState: 'SUCCEEDED',
      previousState: 'RUNNING',
      statementType: 'DML',
      queryExecutionId: 'q',
      workgroupName: 'primary',
      sequenceNumber: '3',
    })
  })

  it('again until the bus has it, in order, by the next process where this one is killed', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-outbox-'))
    const clock = new ManualClock()
    const puts: string[] = []
    let down = true
    const put = async ({ entries }: { entries: { detail: string }[] }) => {
      if (down) throw new EngineError('ConnectionLost', 'gone', { retry: true })
      puts.push(...entries.map(({ detail }) => detail))
    }
    const mark = join(directory, 'announcing')
    const begin = () => {
      const db = openStore(join(directory, 'a.sqlite'), { steps: [(made) => made.exec(OUTBOX)] })
      const tools = { clients: { events: { put } }, clock, log }
      return { db, announcements: new EventAnnouncements(tools, { db, mark, isBusy: () => false }) }
    }
    const killed = begin()
    for (const n of [1, 2]) killed.announcements.announce({ source: 'aws.emr', detailType: 'T', detail: { n } })
    // What is kept with an event is kept or not with it.
    const spoiled = () =>
      killed.announcements.announce({ source: 'aws.emr', detailType: 'T', detail: { n: 3 } }, () => {
        throw new Error('no')
      })
    expect(spoiled).toThrow('no')
    expect(existsSync(mark)).toBe(true)
    await killed.announcements.stop()
    killed.db.close()
    down = false
    const next = begin()
    await expect.poll(() => puts).toEqual(['{"n":1}', '{"n":2}'])
    await expect.poll(() => existsSync(mark)).toBe(false)
    const kept = () => next.db.prepare('SELECT event FROM outbox').all()
    expect(kept()).toEqual([])
    // What comes shortly after another shares its transaction, and nothing is told twice.
    next.announcements.announce({ source: 'aws.emr', detailType: 'T', detail: { n: 4 } }, () => {})
    next.announcements.announce({ source: 'aws.emr', detailType: 'T', detail: { n: 5 } })
    await next.announcements.stop()
    expect(puts.slice(2)).toEqual(['{"n":4}', '{"n":5}'])
    expect([kept(), existsSync(mark)]).toEqual([[], false])
    next.db.close()
    rmSync(directory, { recursive: true })
  })
})
