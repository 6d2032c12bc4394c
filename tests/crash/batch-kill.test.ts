import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { seededRandom } from '../../src/engines/kit/pure/random.ts'
import { Millrace } from '../support/millrace.ts'

const KILLS = process.env.MILLRACE_NIGHTLY ? 20 : 2
const JOBS_A_TURN = 12

/** Processes of jobs of this workspace. */
function leftOf(workspace: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${Number(pid)}/environ`, 'utf8').includes(`MILLRACE_BATCH_ATTEMPT=${workspace}\t`)
    } catch {
      return false
    }
  })
}

it.skipIf(process.platform !== 'linux')(
  `kill -9 of Millrace: no job is lost or run twice in ${KILLS} kills, and none is left behind`,
  { timeout: 60_000 + KILLS * 20_000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-kill-'))
    const [workspace, home] = [join(directory, 'workspace'), join(directory, 'home')]
    const ran = join(directory, 'ran')
    const random = seededRandom(`batch kill ${KILLS}`)
    const start = () => Millrace.start({ workspace, env: { MILLRACE_HOME: home, MILLRACE_CONTAINERS: 'none' } })
    let millrace = await start()
    try {
      const submitted: string[] = []
      let clients = await millrace.clients()
      await clients.batch.createEnvironment({ name: 'e', kind: 'EC2', maxVcpus: 4 })
      await clients.batch.createQueue({ name: 'q', priority: 1, environments: ['e'] })
      const command = ['sh', '-c', `echo "$AWS_BATCH_JOB_ID" >> ${ran}; sleep 0.2; exit $CODE`]
      await clients.batch.registerDefinition({ name: 'd', container: { image: 'i', command, vcpus: 1, memoryMiB: 64 } })
      const lines = () => (existsSync(ran) ? readFileSync(ran, 'utf8').trim().split('\n') : [])
      for (let kill = 0; kill < KILLS; kill++) {
        // Before any is submitted: on a busy machine all may have run before the last one is.
        const enough = lines().length + random.int(JOBS_A_TURN / 2)
        for (let i = 0; i < JOBS_A_TURN; i++) {
          const environment = { CODE: String(i % 3) }
          const job = await clients.batch.submit({ name: 'j', queue: 'q', definition: 'd', overrides: { environment } })
          submitted.push(job.id)
        }
        await expect.poll(() => lines().length, { timeout: 20_000, interval: 10 }).toBeGreaterThan(enough)
        await millrace.end('SIGKILL')
        millrace = await start()
        clients = await millrace.clients()
      }
      const unended = async () => {
        const { jobs } = await clients.batch.listJobs({
          queue: 'q',
          statuses: ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING'],
        })
        return jobs.length
      }
      await expect.poll(unended, { timeout: 30_000 }).toBe(0)
      const jobs = (await clients.batch.describeJobs({ jobIds: submitted })).toReversed()
      expect(jobs.map(({ id }) => id).toSorted()).toEqual(submitted.toSorted())
      expect(lines().toSorted()).toEqual(submitted.toSorted())
      const codes = new Map(jobs.map(({ id, attempts }) => [id, attempts.map(({ exitCode }) => exitCode)]))
      expect(submitted.map((id) => codes.get(id))).toEqual(submitted.map((_, i) => [(i % JOBS_A_TURN) % 3]))
      expect(leftOf(workspace)).toEqual([])
    } finally {
      await millrace.end()
      rmSync(directory, { recursive: true, force: true })
    }
  },
)
