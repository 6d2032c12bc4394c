import { expect, it } from 'vitest'
import { engine } from '../../src/engines/firehose/engine.ts'
import { startEngines } from '../support/engines.ts'
import { batchOf, FakeLake } from './firehose-fakes.ts'
import { HttpReceiver } from './firehose-servers.ts'

const TRANSFORM = {
  language: 'javascript' as const,
  code: `exports.handler = ({ records }) => ({
    records: records.map(({ recordId }) => ({ recordId, result: 'Ok', data: Buffer.from('changed\\n').toString('base64') })),
  })`,
}

it('code of a workspace that is not trusted does not run; its records wait and are kept', async () => {
  const lake = new FakeLake()
  let trusted = true
  const fakes = { lake, workspace: { describe: async () => ({ trusted }) } }
  const made = await startEngines([engine], { fakes })
  const destination = { bucket: 'b', buffering: { sizeInMBs: 1, intervalInSeconds: 0 } }
  await made.clients.firehose.createDeliveryStream({
    name: 'sent-along',
    destination: { ...destination, transform: TRANSFORM },
  })
  await made.stop()

  trusted = false
  await using received = await startEngines([engine], { fakes, directory: made.workspaceDirectory })
  const { firehose } = received.clients
  await expect(
    firehose.createDeliveryStream({ name: 'new', destination: { ...destination, transform: TRANSFORM } }),
  ).rejects.toMatchObject({ code: 'RestrictedWorkspace', message: expect.stringContaining('trust it') })
  await firehose.createDeliveryStream({ name: 'plain', destination })
  await expect(
    firehose.updateDestination({
      name: 'plain',
      versionId: '1',
      destination: { ...destination, transform: TRANSFORM },
    }),
  ).rejects.toMatchObject({ code: 'RestrictedWorkspace' })

  await firehose.put({ name: 'sent-along', batch: batchOf(['original']) })
  await expect.poll(async () => (await firehose.stats({ name: 'sent-along' })).lastError).toContain('trust it')
  expect(await firehose.stats({ name: 'sent-along' })).toMatchObject({ inRecords: 1, bufferedRecords: 1 })
  expect(lake.keys()).toEqual([])

  trusted = true
  await firehose.flush({ name: 'sent-along' })
  expect(lake.lines()).toEqual(['changed'])
})

it('a workspace that is not trusted sends nothing to an endpoint; its records wait and are kept', async () => {
  await using server = new HttpReceiver()
  const endpoint = { kind: 'http-endpoint', config: { url: await server.listen() } }
  let trusted = true
  const fakes = { lake: new FakeLake(), workspace: { describe: async () => ({ trusted }) } }
  const made = await startEngines([engine], { fakes })
  const destination = { bucket: 'b', buffering: { sizeInMBs: 1, intervalInSeconds: 0 }, endpoint }
  await made.clients.firehose.createDeliveryStream({ name: 'sent-along', destination })
  await made.stop()

  trusted = false
  await using received = await startEngines([engine], { fakes, directory: made.workspaceDirectory })
  const { firehose } = received.clients
  const refused = firehose.createDeliveryStream({ name: 'new', destination })
  await expect(refused).rejects.toMatchObject({ code: 'RestrictedWorkspace', at: { field: 'destination.endpoint' } })
  await firehose.put({ name: 'sent-along', batch: batchOf(['original']) })
  await expect.poll(async () => (await firehose.stats({ name: 'sent-along' })).lastError).toContain('trust it')
  expect(server.asked).toEqual([])

  trusted = true
  await firehose.flush({ name: 'sent-along' })
  expect(server.records).toEqual(['original'])
})
