import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TerminateJobCommand } from '@aws-sdk/client-batch'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { Cgroups, oomKillsOf, parentsOf, settings } from '../../src/engines/kit/node/process/cgroups.ts'
import { ProcessLog } from '../../src/engines/kit/node/process/log.ts'
import { startBatch } from '../support/batch.ts'

const { controllers } = new Cgroups()
const MIB = 1024 * 1024

/** Processes of this machine by what they were started with. */
function running(command: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(command)
    } catch {
      return false
    }
  })
}

describe('a hostile job', () => {
  it.skipIf(!controllers.includes('pids'))(
    'forks no more than it may, and leaves nothing when it is ended',
    async () => {
      await using bed = await startBatch()
      const bomb = `i=0; while [ $i -lt 700 ]; do sleep 60 & i=$((i+1)); done`
      // A shell that may not fork ends; the one around it holds the job.
      const job = await bed.submit(`echo armed; (${bomb}); while :; do :; done`)
      await bed.until(job, 'RUNNING')
      await expect
        .poll(() => bed.log(job), { timeout: 8000 })
        .toMatch(/[Cc]annot fork|Resource temporarily unavailable/)
      const [{ execution }] = await bed.batch.describeJobs({ jobIds: [job] })
      expect(execution).toMatchObject({ runtime: 'process', enforced: controllers })
      await bed.client.send(new TerminateJobCommand({ jobId: job, reason: 'enough' }))
      expect(await bed.ended(job)).toMatchObject({ status: 'FAILED', statusReason: 'enough' })
      expect(await bed.log(job)).toMatch(/512 processes at once are the most: \d+ more were refused/)
    },
  )

  it('that never ends is ended by its timeout, which goes on counting over a restart', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-batch-'))
    const before = await startBatch({ directory })
    const job = await before.submit('while :; do :; done', { timeout: { attemptDurationSeconds: 60 } })
    await before.until(job, 'RUNNING')
    await before.gate.engines.stop()
    // The service's least is a minute, which nobody waits for in a test: it began two minutes ago.
    const store = new Database(join(directory, '.millrace', 'batch', 'batch.sqlite'))
    store.prepare('UPDATE jobs SET real_started_ms = real_started_ms - 120000 WHERE id = ?').run(job)
    store.close()
    await using bed = await startBatch({ directory })
    expect(await bed.ended(job)).toMatchObject({
      status: 'FAILED',
      statusReason: 'Job attempt duration exceeded timeout',
    })
  })

  it.skipIf(!controllers.includes('memory'))(
    'that was killed for its memory while nobody looked is told so',
    async () => {
      const directory = mkdtempSync(join(tmpdir(), 'millrace-batch-'))
      const hog = `import { spawn } from 'node:child_process'
      const [script, folder, ...command] = process.argv.slice(2)
      spawn('/bin/sh', [script, folder, process.pid, ...command], { detached: true, stdio: 'ignore' }).unref()`
      const [folder, starter] = [join(directory, 'attempt'), join(directory, 'start.mjs')]
      mkdirSync(folder)
      writeFileSync(starter, hog)
      const bounds = { vcpus: 1, isCpuHard: false, memoryMiB: 64, processesMax: 64 }
      const groups = new Cgroups().make(`millrace-test-${process.pid}`, bounds)
      writeFileSync(join(folder, 'groups'), groups.map((group) => `${group}\n`).join(''))
      const eat = 'const all = []; setInterval(() => all.push(Buffer.alloc(8e6, 1)), 5)'
      const script = join(import.meta.dirname, '../../resources/process/launch.sh')
      execFileSync(process.execPath, [starter, script, folder, process.execPath, '-e', eat])
      await expect.poll(() => existsSync(join(folder, 'exit')), { timeout: 8000 }).toBe(true)
      expect(readFileSync(join(folder, 'exit'), 'utf8')).toBe('137')
      expect(oomKillsOf([], join(folder, 'events'))).toBeGreaterThan(0)
      expect(groups.filter((group) => existsSync(group))).toEqual([])
    },
  )

  it('that is killed by a signal fails with the code of it', async () => {
    await using bed = await startBatch()
    const [segv, kill] = [await bed.submit('kill -SEGV $$'), await bed.submit('kill -KILL $$')]
    expect(await bed.ended(segv)).toMatchObject({ status: 'FAILED', container: { exitCode: 139 } })
    expect(await bed.ended(kill)).toMatchObject({ status: 'FAILED', container: { exitCode: 137 } })
    expect((await bed.ended(kill)).container!.reason).toBeUndefined()
  })

  it('that kills those who look after it is ended with all that it started', async () => {
    await using bed = await startBatch()
    const launcher = await bed.submit('sleep 4001 & kill -KILL $PPID; sleep 4001')
    expect(await bed.ended(launcher)).toMatchObject({ status: 'FAILED', container: { exitCode: 137 } })
    const both = await bed.submit(
      'read -r _ _ _ above _ </proc/$PPID/stat; sleep 4001 & kill -KILL $above $PPID; sleep 4001',
    )
    expect(await bed.ended(both)).toMatchObject({ status: 'FAILED', statusReason: expect.stringMatching(/^Host EC2/) })
    expect(running('sleep\u00004001')).toEqual([])
  })

  it.skipIf(controllers.length === 0)('that leaves its session twice, without its variables, is ended', async () => {
    await using bed = await startBatch()
    const job = await bed.submit('(env -i setsid sh -c "setsid sleep 4002 &" &); sleep 0.5; echo away')
    expect(await bed.ended(job)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await bed.log(job)).toContain('away')
    expect(running('sleep\u00004002')).toEqual([])
  })

  it('that writes without end, on one line, leaves a log that is small, read in parts, and searched', async () => {
    await using bed = await startBatch()
    const mib = process.env.MILLRACE_NIGHTLY ? 1024 : 64
    const job = await bed.submit(`head -c ${mib * MIB} /dev/zero | tr '\\000' x; printf needle`)
    expect(await bed.ended(job)).toMatchObject({ status: 'SUCCEEDED' })
    const { from, next, end } = await bed.batch.readLog({ jobId: job, from: 0 })
    expect(end).toBeGreaterThan(0.9 * mib * MIB)
    expect(end - from).toBeLessThan(33 * MIB)
    expect(next - from).toBeLessThanOrEqual(256 * 1024)
    const { lines } = await bed.batch.searchLog({ jobId: job, text: 'needle', limit: 10 })
    expect(lines).toEqual([{ at: end - 106, text: `${'x'.repeat(100)}needle` }])
  })
})

describe('a workspace that nobody trusts yet', () => {
  it('runs no job that came with it, until it is trusted', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-batch-'))
    const before = await startBatch({ directory })
    await before.batch.updateEnvironment({ name: 'main', enabled: false })
    const job = await before.submit('echo ran')
    await before.gate.engines.stop()
    let trusted = false
    let asked = 0
    const describe = async () => {
      asked++
      return { trusted }
    }
    await using bed = await startBatch({ directory, fakes: { workspace: { describe } } })
    await bed.batch.updateEnvironment({ name: 'main', enabled: true })
    await expect.poll(() => asked, { timeout: 5000 }).toBeGreaterThan(1)
    expect(await bed.until(job, 'RUNNABLE')).toMatchObject({ attempts: [] })
    trusted = true
    expect((await bed.ended(job)).status).toBe('SUCCEEDED')
  })
})

describe('the log of an attempt', () => {
  it('keeps the last part of a flood, says from where on, and finds text in it', () => {
    const log = new ProcessLog(join(mkdtempSync(join(tmpdir(), 'millrace-log-')), 'log'))
    const line = `${'x'.repeat(1023)}\n`
    writeFileSync(`${log.path}`, `${line.repeat(20 * 1024)}needle é\n`)
    log.bound()
    writeFileSync(log.path, 'after\n')
    const part = log.read(0, 100)
    expect(part.from).toBeGreaterThanOrEqual(4 * MIB)
    expect(part.end - part.from).toBeLessThan(17 * MIB)
    expect(log.read(-6, 100).text).toBe('after\n')
    const { lines, found } = log.search('NEEDLE', 10)
    expect([found, lines[0].text]).toEqual([1, 'needle é'])
    expect(log.read(lines[0].at, 8).text).toBe('needle ')
    expect(log.read(log.read(lines[0].at, 8).next, 100).text).toBe('é\n')
  })
})

describe('Spot', () => {
  it('takes hosts away, so that rules for retries meet it', async () => {
    await using bed = await startBatch()
    await bed.batch.createEnvironment({ name: 'spot', kind: 'SPOT', maxVcpus: 4 })
    await bed.batch.createQueue({ name: 'cheap', priority: 1, environments: ['spot'] })
    await expect(bed.batch.interrupt({ environment: 'main' })).rejects.toThrow(/not of Spot/)
    const rules = [
      { onStatusReason: 'Host EC2*', action: 'RETRY' as const },
      { onReason: '*', action: 'EXIT' as const },
    ]
    const job = await bed.submit('test "$AWS_BATCH_JOB_ATTEMPT" = 2 || sleep 60', {
      jobQueue: 'cheap',
      retryStrategy: { attempts: 3, evaluateOnExit: rules },
    })
    await bed.until(job, 'RUNNING')
    expect(await bed.batch.interrupt({ environment: 'spot' })).toEqual({ attempts: 1 })
    const done = await bed.ended(job)
    expect(done).toMatchObject({ status: 'SUCCEEDED', attempts: [{ container: {} }, { container: { exitCode: 0 } }] })
    expect(done.attempts![0].statusReason).toMatch(/^Host EC2 \(instance i-[0-9a-f]{17}\) terminated\.$/)
    expect(done.attempts![0].container!.exitCode).toBeUndefined()
    await bed.batch.updateEnvironment({ name: 'spot', interruptionMeanS: 0.01 })
    const lost = await bed.ended(
      await bed.submit('sleep 60', { jobQueue: 'cheap', retryStrategy: { attempts: 2, evaluateOnExit: rules } }),
    )
    expect(lost).toMatchObject({ status: 'FAILED', attempts: [{}, {}] })
  })
})

describe('changes of state', () => {
  it('are told each, in order, and again to whoever was away', async () => {
    await using bed = await startBatch()
    const job = await bed.submit('exit 3', { retryStrategy: { attempts: 2 } })
    await bed.ended(job)
    const statuses: string[] = []
    let last = 0
    for await (const { sequence, detail, jobArn } of bed.batch.changes({ after: 0 })) {
      expect([sequence, jobArn]).toEqual([last + 1, `arn:aws:batch:us-east-1:000000000000:job/${job}`])
      expect(detail).toMatchObject({ jobId: job, jobName: 'job' })
      last = sequence
      statuses.push(`${detail.status}${(detail.attempts as unknown[]).length}`)
      if (detail.status === 'FAILED') break
    }
    const once = ['STARTING', 'RUNNING']
    expect(statuses.filter((status) => !status.startsWith('SUBMITTED'))).toEqual([
      'RUNNABLE0',
      ...once.map((status) => `${status}0`),
      'RUNNABLE1',
      ...once.map((status) => `${status}1`),
      'FAILED2',
    ])
    for await (const { detail } of bed.batch.changes({ after: last - 1 })) {
      expect(detail).toMatchObject({ status: 'FAILED' })
      break
    }
  })
})

describe('a role', () => {
  it('gives a job the keys and the address of this workspace', async () => {
    await using bed = await startBatch()
    await bed.batch.registerDefinition({
      name: 'role',
      container: {
        image: 'any',
        command: ['sh', '-c', 'echo "$AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID"'],
        vcpus: 1,
        memoryMiB: 64,
        jobRoleArn: 'arn:aws:iam::000000000000:role/any',
      },
    })
    const job = await bed.ended(await bed.submit('', { jobDefinition: 'role' }))
    expect(await bed.log(job.jobId!)).toContain(`${bed.gate.endpoint} AKIAMILLRACE\n`)
  })
})

describe('a container', () => {
  it('runs by the client that answers, with its limits, and is removed afterwards', async () => {
    const bin = mkdtempSync(join(tmpdir(), 'millrace-docker-'))
    // A stand-in for the client: it says what it was asked for, and runs the command as the image would.
    const client = `#!/bin/sh
      echo "$@" >> ${bin}/asked
      case "$1" in
        info) echo 28.0 ;;
        inspect) echo true ;;
        run) while [ "$1" != busybox ]; do shift; done; shift; exec "$@" ;;
      esac`
    writeFileSync(join(bin, 'docker'), client)
    chmodSync(join(bin, 'docker'), 0o755)
    const { PATH } = process.env
    process.env.PATH = `${bin}:${PATH}`
    process.env.MILLRACE_CONTAINERS = ''
    try {
      await using bed = await startBatch()
      const job = await bed.ended(await bed.submit('echo "from $AWS_BATCH_JQ_NAME"; exit 137'))
      expect(job.container).toMatchObject({ exitCode: 137, reason: expect.stringMatching(/^OutOfMemoryError/) })
      expect(await bed.log(job.jobId!)).toMatch(/busybox runs in a container of docker\.\nfrom main/)
      const asked = readFileSync(join(bin, 'asked'), 'utf8')
      expect(asked).toMatch(
        /^run --name millrace-\S+ --network host --memory 512m .*--cpu-shares 1024 .*busybox sh -c/m,
      )
      expect(asked).toMatch(/^rm --force millrace-/m)
      const [{ attempts }] = await bed.batch.describeJobs({ jobIds: [job.jobId!] })
      expect(attempts[0].execution).toMatchObject({ runtime: 'docker' })
    } finally {
      process.env.PATH = PATH
      process.env.MILLRACE_CONTAINERS = 'none'
    }
  })
})

describe('control groups', () => {
  it('of version 2 are made beside our own', () => {
    const root = mkdtempSync(join(tmpdir(), 'millrace-cgroup-'))
    const slice = join(root, 'app.slice')
    mkdirSync(join(slice, 'own.scope'), { recursive: true })
    writeFileSync(join(slice, 'cgroup.subtree_control'), 'cpu memory pids\n')
    writeFileSync(join(root, 'cgroup'), '0::/app.slice/own.scope\n')
    writeFileSync(join(root, 'mountinfo'), `30 1 0:2 / ${root} rw - cgroup2 cgroup2 rw\n`)
    expect(parentsOf(root)).toEqual([{ directory: slice, version: 2, controllers: ['memory', 'pids', 'cpu'] }])
  })

  it('share vCPUs on EC2 and cut them on Fargate', () => {
    const bounds = { vcpus: 0.5, isCpuHard: false, memoryMiB: 64, processesMax: 512 }
    expect(settings('cpu', 1, bounds)).toEqual([['cpu.shares', '512']])
    expect(settings('cpu', 1, { ...bounds, isCpuHard: true })).toEqual([['cpu.cfs_quota_us', '50000']])
    expect(settings('cpu', 2, { ...bounds, isCpuHard: true })).toEqual([['cpu.max', '50000 100000']])
    expect(settings('memory', 2, bounds)).toContainEqual(['memory.max', String(64 * MIB)])
  })
})
