import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Clients } from '../../src/engines/contract.ts'
import { Millrace } from '../support/millrace.ts'

const KILLS = process.env.MILLRACE_NIGHTLY ? 10 : 1

/** So many that both core nodes have some. */
const FILES = Array.from({ length: 12 }, (_, i) => `/kept-${i}`)

/** Processes of steps of this workspace. */
function leftOf(workspace: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${Number(pid)}/environ`, 'utf8').includes(`MILLRACE_EMR_PROCESS=${workspace}\t`)
    } catch {
      return false
    }
  })
}

const choices = [{ type: 'm5.xlarge' }]
const step = (name: string, script: string) => ({ name, jar: 'command-runner.jar', args: ['sh', '-c', script] })

it.skipIf(process.platform !== 'linux')(
  `kill -9 of Millrace: clusters come back with their HDFS, steps go on and are run once, and a scale-in loses nothing (${KILLS} kills)`,
  { timeout: 120_000 + KILLS * 60_000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-kill-'))
    const [workspace, home] = [join(directory, 'workspace'), join(directory, 'home')]
    const start = () => Millrace.start({ workspace, env: { MILLRACE_HOME: home } })
    let millrace = await start()
    try {
      let clients: Clients = await millrace.clients()
      await clients.system.setClock({ mode: 'virtual', speed: 60, paused: false })
      const { id: cluster } = await clients.emr.run({
        name: 'c',
        releaseLabel: 'emr-7.10.0',
        collection: 'INSTANCE_GROUP',
        keepAlive: true,
        groups: [
          { role: 'MASTER', choices, onDemand: 1 },
          { role: 'CORE', choices, onDemand: 2 },
        ],
      })
      const state = async () => (await clients.emr.describe({ cluster })).state
      await expect.poll(state, { timeout: 60_000 }).toBe('WAITING')
      for (const path of FILES) {
        const { handle } = await clients.hdfs.create({ cluster, path })
        await clients.hdfs.write({ handle, bytes: new TextEncoder().encode(path) })
        await clients.hdfs.close({ handle })
      }
      const kept = async (path: string) => {
        const parts: Uint8Array[] = []
        for await (const { bytes } of clients.hdfs.read({ cluster, path })) parts.push(bytes)
        return Buffer.concat(parts).toString()
      }
      for (let kill = 0; kill < KILLS; kill++) {
        const [ran, go] = [join(directory, `ran-${kill}`), join(directory, `go-${kill}`)]
        const held = `echo x >> ${ran}; until [ -e ${go} ]; do sleep 0.05; done; echo done`
        const { ids } = await clients.emr.addSteps({
          cluster,
          steps: [step('held', held), step('next', `echo next >> ${ran}; exit 3`)],
        })
        await expect.poll(() => existsSync(ran), { timeout: 60_000 }).toBe(true)
        await millrace.end('SIGKILL')
        // It ends while nobody looks, every other time.
        if (kill % 2 === 1) writeFileSync(go, '')
        millrace = await start()
        clients = await millrace.clients()
        if (kill % 2 === 0) writeFileSync(go, '')
        const steps = async () => (await clients.emr.listSteps({ cluster })).filter(({ id }) => ids.includes(id))
        await expect
          .poll(async () => (await steps()).map((its) => its.state), { timeout: 60_000 })
          .toEqual(['COMPLETED', 'FAILED'])
        expect(readFileSync(ran, 'utf8')).toBe('x\nnext\n')
        expect((await clients.emr.readLog({ cluster, step: ids[0], file: 'stdout' })).text).toBe('done\n')
      }
      expect(await state()).toMatch(/WAITING|RUNNING/)
      expect(await Promise.all(FILES.map(kept))).toEqual(FILES)

      const [{ id: group }] = (await clients.emr.describe({ cluster })).groups.filter(({ role }) => role === 'CORE')
      const core = async () =>
        (await clients.emr.describe({ cluster })).instances.filter(
          (its) => its.group === group && its.state !== 'TERMINATED',
        )
      const nodes = async () => (await clients.hdfs.describe({ cluster })).nodes
      // Time stands still, so that the kill comes before the blocks of the node that leaves are elsewhere.
      await clients.system.setClock({ mode: 'virtual', speed: 60, paused: true })
      await clients.emr.resize({ cluster, group, onDemand: 1 })
      await expect.poll(async () => (await nodes()).map(({ admin }) => admin)).toContain('decommissioning')
      await millrace.end('SIGKILL')
      millrace = await start()
      clients = await millrace.clients()
      expect(await core()).toHaveLength(2)
      await clients.system.setClock({ mode: 'virtual', speed: 60, paused: false })
      await expect.poll(async () => (await core()).length, { timeout: 60_000 }).toBe(1)
      expect(await nodes()).toHaveLength(1)
      expect(await Promise.all(FILES.map(kept))).toEqual(FILES)
      await clients.emr.terminate({ cluster })
      await expect.poll(state, { timeout: 60_000 }).toBe('TERMINATED')
      expect(existsSync(join(workspace, '.millrace/hdfs/_clusters', cluster))).toBe(false)
      expect(leftOf(workspace)).toEqual([])
    } finally {
      await millrace.end()
      rmSync(directory, { recursive: true, force: true })
    }
  },
)
