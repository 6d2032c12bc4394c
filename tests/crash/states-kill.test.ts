import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { Millrace } from '../support/millrace.ts'

const KILLS = process.env.MILLRACE_NIGHTLY ? 15 : 1
const EXECUTIONS = 4

const job = (script: string) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::batch:submitJob.sync',
  Parameters: { JobName: 'j', JobQueue: 'q', JobDefinition: 'd', 'Parameters.$': script },
  ResultPath: null,
})

it.skipIf(process.platform !== 'linux')(
  `kill -9 of Millrace: executions go on where they were, and no job is run twice in ${KILLS} kills`,
  { timeout: 60_000 + KILLS * 20_000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-kill-'))
    const [workspace, home, ran] = ['workspace', 'home', 'ran'].map((name) => join(directory, name))
    const random = seededRandom(`states kill ${KILLS}`)
    const start = () => Millrace.start({ workspace, env: { MILLRACE_HOME: home } })
    let millrace = await start()
    try {
      let clients = await millrace.clients()
      await clients.batch.createEnvironment({ name: 'e', kind: 'EC2', maxVcpus: 4 })
      await clients.batch.createQueue({ name: 'q', priority: 1, environments: ['e'] })
      const command = ['sh', '-c', `echo "Ref::line" >> ${ran}; sleep 0.1`]
      await clients.batch.registerDefinition({ name: 'd', container: { image: 'i', command, vcpus: 1, memoryMiB: 64 } })
      const definition = (config: object, fields: object) =>
        JSON.stringify({
          StartAt: 'First',
          States: {
            First: { ...job('$.first'), Next: 'Each' },
            Each: {
              Type: 'Map',
              ItemsPath: '$.rest',
              ItemProcessor: { ...config, StartAt: 'Job', States: { Job: { ...job('$'), End: true } } },
              ResultPath: null,
              End: true,
              ...fields,
            },
          },
        })
      const distributed = { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } }
      await clients.states.createMachine({ name: 'inline', definition: definition({}, {}) })
      await clients.states.createMachine({
        name: 'distributed',
        definition: definition(distributed, { ToleratedFailurePercentage: 100 }),
      })
      const lines = () => (existsSync(ran) ? readFileSync(ran, 'utf8').trim().split('\n') : [])
      const started: string[] = []
      for (let kill = 0; kill < KILLS; kill++) {
        for (let i = 0; i < EXECUTIONS; i++) {
          const of = (step: number) => ({ line: `${kill}/${i}/${step}` })
          const input = JSON.stringify({ first: of(0), rest: [of(1), of(2)] })
          const machineArn = i % 2 === 0 ? 'inline' : 'distributed'
          started.push((await clients.states.start({ machineArn, input })).executionArn)
        }
        const enough = lines().length + random.int(EXECUTIONS)
        await expect.poll(() => lines().length, { timeout: 20_000, interval: 10 }).toBeGreaterThan(enough)
        await millrace.end('SIGKILL')
        millrace = await start()
        clients = await millrace.clients()
      }
      const ended = async () => {
        const all = await Promise.all(started.map((executionArn) => clients.states.describe({ executionArn })))
        return all.filter(({ status }) => status !== 'RUNNING')
      }
      await expect.poll(async () => (await ended()).length, { timeout: 30_000 }).toBe(started.length)
      expect(lines().length).toBe(new Set(lines()).size)
      for (const { arn, status, cause = '' } of await ended()) {
        // A submission that was under way when the kill came may have been made or not, and is told so.
        if (status === 'SUCCEEDED') continue
        expect([arn, cause]).toEqual([arn, expect.stringContaining('Whether it was carried out is not known')])
      }
      let mapped = 0
      for (const { arn: executionArn } of await ended())
        for (const { arn: mapRunArn } of await clients.states.listMapRuns({ executionArn })) {
          const { itemCounts } = await clients.states.describeMapRun({ mapRunArn })
          expect(itemCounts).toMatchObject({ total: 2, succeeded: 2 - itemCounts.failed, pending: 0, running: 0 })
          mapped++
        }
      expect(mapped).toBeGreaterThan(0)
      const [execution] = await ended()
      const history = await clients.states.history({ executionArn: execution.arn, limit: 1000 })
      expect(history.map(({ id }) => id)).toEqual(history.map((_, index) => index + 1))
    } finally {
      await millrace.end()
      rmSync(directory, { recursive: true, force: true })
    }
  },
)
