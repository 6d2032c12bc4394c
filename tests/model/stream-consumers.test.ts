import { cpSync, existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { ManualClock } from '../../src/engines/kit/pure/clock.ts'
import { engine } from '../../src/engines/stream/engine.ts'
import { startEngines } from '../support/engines.ts'

const start = (directory?: string, clock = new ManualClock()) => startEngines([engine], { clock, directory })

it('registered consumers outlive a restart, and finish what they were about', async () => {
  const clock = new ManualClock()
  const engines = await start(undefined, clock)
  const { stream } = engines.clients
  await stream.createStream({ stream: 's' })
  await clock.advance(1000)
  await stream.registerConsumer({ stream: 's', consumer: 'kept', tags: { a: '1' } })
  await stream.registerConsumer({ stream: 's', consumer: 'gone' })
  await clock.advance(1000)
  await stream.updateRegisteredConsumer({ stream: 's', consumer: 'kept', policy: '{}' })
  const [kept] = await stream.registeredConsumers({ stream: 's' })
  await stream.deregisterConsumer({ stream: 's', consumer: 'gone' })
  await stream.registerConsumer({ stream: 's', consumer: 'new' })
  await engines.stop()

  const again = await start(engines.workspaceDirectory, clock)
  await using _ = again
  const consumers = () => again.clients.stream.registeredConsumers({ stream: 's' })
  expect((await consumers()).map(({ name, status }) => [name, status])).toEqual([
    ['kept', 'ACTIVE'],
    ['gone', 'DELETING'],
    ['new', 'CREATING'],
  ])
  await clock.advance(1000)
  expect(await consumers()).toEqual([kept, expect.objectContaining({ name: 'new', status: 'ACTIVE' })])
  expect(kept).toMatchObject({ tags: { a: '1' }, policy: '{}' })
  expect((await again.clients.stream.listStreams({}))[0]).toMatchObject({
    registeredConsumerCount: 2,
    consumerCount: 0,
  })
})

it('a store of the release before is copied, then brought to this format', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-stream-'))
  cpSync(
    resolve(import.meta.dirname, '../fixtures/workspace-0.1/.millrace/stream'),
    join(directory, '.millrace/stream'),
    {
      recursive: true,
    },
  )
  const engines = await start(directory)
  await using _ = engines
  const { stream } = engines.clients
  expect((await stream.listStreams({})).map(({ name }) => name)).toEqual(['piped', 'direct'])
  await stream.registerConsumer({ stream: 'direct', consumer: 'c' })
  expect(existsSync(join(directory, '.millrace/stream/streams.db.v1'))).toBe(true)
})
