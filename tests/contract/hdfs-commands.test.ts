import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { engine } from '../../src/engines/hdfs/engine.ts'
import { dfs } from '../../src/main/cli/hdfs/dfs.ts'
import { dfsadmin } from '../../src/main/cli/hdfs/dfsadmin.ts'
import { fsck } from '../../src/main/cli/hdfs/fsck.ts'
import { globOf, HdfsShell } from '../../src/main/cli/hdfs/shell.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'

const TOOLS = { dfs, dfsadmin, fsck }
const folder = mkdtempSync(join(tmpdir(), 'millrace-hdfs-'))
const local = join(folder, 'words.txt')
let engines: TestEngines

beforeAll(async () => {
  writeFileSync(local, 'some words\n'.repeat(20_000))
  writeFileSync(join(folder, 'hdfs.json'), JSON.stringify({ blockBytes: 65_536 }))
  engines = await startEngines([engine], { settings: { hdfs: { port: 0 } }, directory: folder })
})

afterAll(async () => {
  await engines.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Runs a command as a process of its own would, and gives what it printed. */
async function run(tool: keyof typeof TOOLS, ...args: string[]) {
  const printed = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      printed[stream] += typeof text === 'string' ? text : Buffer.from(text).toString()
      return true
    }),
  )
  try {
    return { code: await TOOLS[tool](new HdfsShell(engines.clients), args), ...printed }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

it('puts, lists, prints and gets files in the words of Hadoop, with its exit codes', async () => {
  expect(await run('dfs', '-mkdir', '-p', '/data/in')).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(await run('dfs', '-put', local, '/data/in')).toEqual({ code: 0, stdout: '', stderr: '' })
  expect((await run('dfs', '-ls', '-h', '/data/i*')).stdout).toMatch(
    /^Found 1 items\n-rw-r--r-- {3}2 \S+ supergroup {4}214.8 K \d{4}-\d\d-\d\d \d\d:\d\d \/data\/in\/words\.txt\n$/,
  )
  expect(await run('dfs', '-put', local, '/data/in')).toEqual({
    code: 1,
    stdout: '',
    stderr: "put: `/data/in/words.txt': File exists\n",
  })
  expect(await run('dfs', '-cat', '/nothing', '/data/in/words.txt')).toEqual({
    code: 1,
    stdout: readFileSync(local, 'utf8'),
    stderr: "cat: `/nothing': No such file or directory\n",
  })
  const back = join(folder, 'back.txt')
  expect(await run('dfs', '-get', '/data/in/words.txt', back)).toMatchObject({ code: 0, stderr: '' })
  expect(readFileSync(back)).toEqual(readFileSync(local))
  expect((await run('dfs', '-tail', '/data/in/words.txt')).stdout).toBe(readFileSync(local, 'utf8').slice(-1024))
  expect((await run('dfs', '-du', '-s', '/data')).stdout).toBe('220000  440000  /data\n')
  expect((await run('dfs', '-stat', '%b %o %r %F %n', '/data/in/words.txt')).stdout).toBe(
    '220000 65536 2 regular file words.txt\n',
  )
  expect(await run('dfs', '-test', '-d', '/data/in/words.txt')).toMatchObject({ code: 1 })
  expect(await run('dfs', '-ls', '-z')).toMatchObject({ code: 255, stderr: '-ls: Illegal option -z\n' })
})

it('appends, copies, moves, changes and deletes', async () => {
  await run('dfs', '-mkdir', '-p', '/change/a')
  await run('dfs', '-touchz', '/change/a/x')
  expect(await run('dfs', '-appendToFile', local, '/change/a/x')).toMatchObject({ code: 0, stderr: '' })
  expect(await run('dfs', '-cp', '/change/a', '/change/b')).toMatchObject({ code: 0, stderr: '' })
  expect(await run('dfs', '-mv', '/change/b/x', '/change/y')).toMatchObject({ code: 0, stderr: '' })
  expect(await run('dfs', '-mv', '/change/y', '/change/a/x')).toMatchObject({
    code: 1,
    stderr: "mv: `/change/a/x': File exists\n",
  })
  await run('dfs', '-chmod', 'u=rw,go-r', '/change/y')
  expect((await run('dfs', '-setrep', '3', '/change/y')).stdout).toBe('Replication 3 set: /change/y\n')
  expect((await run('dfs', '-stat', '%a %r %b', '/change/y')).stdout).toBe('600 3 220000\n')
  expect(await run('dfs', '-rm', '/change/a')).toMatchObject({ code: 1, stderr: "rm: `/change/a': Is a directory\n" })
  expect((await run('dfs', '-rm', '-r', '/change')).stdout).toBe('Deleted /change\n')
  expect(globOf('part-{0,1}[0-4]*.t?t').test('part-03-x.txt')).toBe(true)
})

it('keeps quotas, and says so', async () => {
  await run('dfs', '-mkdir', '/quota')
  expect(await run('dfsadmin', '-setSpaceQuota', '1k', '/quota')).toMatchObject({ code: 0, stderr: '' })
  expect((await run('dfs', '-count', '-q', '/quota')).stdout).toMatch(/^ +none +inf +1024 +1024 +1 +0 +0 \/quota\n$/)
  expect(await run('dfs', '-put', local, '/quota')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('The DiskSpace quota of /quota is exceeded'),
  })
  expect(await engines.clients.hdfs.list({ path: '/quota' })).toEqual([])
})

it('finds the block that has no good replica left, and changes nothing in safe mode', async () => {
  await run('dfs', '-mkdir', '/checked')
  expect(await run('dfs', '-put', local, '/checked')).toMatchObject({ code: 0, stderr: '' })
  const whole = await run('fsck', '/checked', '-files', '-blocks', '-locations')
  expect(whole.code).toBe(0)
  expect(whole.stdout).toContain('/checked/words.txt 220000 bytes, replicated: replication=2, 4 block(s):  OK')
  expect(whole.stdout).toMatch(/\n3\. blk_\d+_\d+ len=23392 Live_repl=2 {2}\[node-\d, node-\d\]\n/)
  expect(whole.stdout).toContain("The filesystem under path '/checked' is HEALTHY")
  const { hdfs } = engines.clients
  const [block] = await hdfs.blocks({ path: '/checked/words.txt' })
  for (const { node } of block.replicas) await hdfs.damageReplica({ node, block: block.id })
  await hdfs.scan({})
  expect(await run('fsck', '/', '-list-corruptfileblocks')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining(`blk_${block.id}_${block.stamp}\t/checked/words.txt`),
  })
  expect(await run('dfsadmin', '-safemode', 'enter')).toMatchObject({ code: 0, stdout: 'Safe mode is ON\n' })
  expect(await run('dfs', '-rm', '-r', '/checked')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^rm: Cannot delete \/checked/),
  })
  expect((await run('dfsadmin', '-report')).stdout).toMatch(/Safe mode is ON[\s\S]*Live datanodes \(3\):/)
})
