import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { ENTRY, Millrace } from '../support/millrace.ts'

const run = promisify(execFile)

it('millrace hdfs starts the cluster and names the address at which files go in and come out', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-hdfs-'))
  const [workspace, home] = [join(directory, 'workspace'), join(directory, 'home')]
  const hdfs = (...args: string[]) =>
    run(process.execPath, [ENTRY, 'hdfs', '--workspace', workspace, ...args], {
      env: { ...process.env, MILLRACE_HOME: home },
    })
  try {
    await expect(hdfs()).rejects.toMatchObject({ stderr: expect.stringContaining('No Millrace has') })
    await using _ = await Millrace.start({ workspace, env: { MILLRACE_HOME: home } })
    const { webhdfs, nodes } = JSON.parse((await hdfs('--json')).stdout)
    expect(nodes).toHaveLength(3)
    const put = await fetch(`${webhdfs}/f.txt?op=CREATE&user.name=root`, { method: 'PUT', redirect: 'manual' })
    const written = await fetch(put.headers.get('location')!, { method: 'PUT', body: 'hello' })
    expect(written.status).toBe(201)
    expect(await (await fetch(`${webhdfs}/f.txt?op=OPEN`)).text()).toBe('hello')
    expect((await hdfs()).stdout).toContain('1 files, 1 directories, 1 blocks')
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

it("does what Hadoop's commands do, in their words and with their exit codes", async () => {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-hdfs-'))
  const [workspace, home] = [join(directory, 'workspace'), join(directory, 'home')]
  mkdirSync(workspace)
  writeFileSync(join(workspace, 'hdfs.json'), JSON.stringify({ blockBytes: 65_536 }))
  const env = { ...process.env, MILLRACE_HOME: home }
  const hdfs = async (...args: string[]) => {
    const ran = run(process.execPath, [ENTRY, 'hdfs', '--workspace', workspace, ...args], { env })
    return ran.then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    )
  }
  const local = join(directory, 'words.txt')
  writeFileSync(local, 'some words\n'.repeat(20_000))
  try {
    await using millrace = await Millrace.start({ workspace, env: { MILLRACE_HOME: home } })
    expect(await hdfs('dfs', '-mkdir', '-p', '/data/in')).toMatchObject({ code: 0, stdout: '' })
    expect(await hdfs('dfs', '-put', local, '/data/in')).toMatchObject({ code: 0, stderr: '' })
    const [listed, refused, checked, missing, unknown] = await Promise.all([
      hdfs('dfs', '-ls', '-h', '/data/i*'),
      hdfs('dfs', '-put', local, '/data/in'),
      hdfs('fsck', '/data', '-files', '-blocks', '-locations'),
      hdfs('dfs', '-cat', '/nothing', '/data/in/words.txt'),
      hdfs('dfs', '-frobnicate'),
    ])
    expect(listed.stdout).toMatch(
      /^Found 1 items\n-rw-r--r-- {3}2 \S+ supergroup {4}214.8 K \d{4}-\d\d-\d\d \d\d:\d\d \/data\/in\/words\.txt\n$/,
    )
    expect(refused).toMatchObject({ code: 1, stderr: "put: `/data/in/words.txt': File exists\n" })
    expect(checked.code).toBe(0)
    expect(checked.stdout).toContain('/data/in/words.txt 220000 bytes, replicated: replication=2, 4 block(s):  OK')
    expect(checked.stdout).toMatch(/\n3\. blk_\d+_\d+ len=23392 Live_repl=2 {2}\[node-\d, node-\d\]\n/)
    expect(checked.stdout).toContain("The filesystem under path '/data' is HEALTHY")
    expect(missing).toMatchObject({ code: 1, stderr: "cat: `/nothing': No such file or directory\n" })
    expect(missing.stdout).toBe(readFileSync(local, 'utf8'))
    expect(unknown).toMatchObject({ code: 255, stderr: expect.stringContaining('-frobnicate: Unknown command') })

    const back = join(directory, 'back.txt')
    const [got, sized, quota, tested] = await Promise.all([
      hdfs('dfs', '-get', '/data/in/words.txt', back),
      hdfs('dfs', '-du', '-s', '/data'),
      hdfs('dfsadmin', '-setSpaceQuota', '1k', '/data'),
      hdfs('dfs', '-test', '-d', '/data/in/words.txt'),
    ])
    expect([got.code, quota.code, tested.code]).toEqual([0, 0, 1])
    expect(readFileSync(back)).toEqual(readFileSync(local))
    expect(sized.stdout).toBe('220000  440000  /data\n')
    expect((await hdfs('dfs', '-count', '-q', '/data')).stdout).toMatch(
      /^ +none +inf +1024 +-438976 +2 +1 +220000 \/data\n$/,
    )
    expect(await hdfs('dfs', '-put', local, '/data/more')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The DiskSpace quota of /data is exceeded'),
    })

    const clients = await millrace.clients()
    const [block] = await clients.hdfs.blocks({ path: '/data/in/words.txt' })
    for (const { node } of block.replicas) await clients.hdfs.damageReplica({ node, block: block.id })
    await clients.hdfs.scan({})
    const corrupt = await hdfs('fsck', '/', '-list-corruptfileblocks')
    expect(corrupt).toMatchObject({ code: 1, stdout: expect.stringContaining('/data/in/words.txt') })
    const [entered, rejected] = [await hdfs('dfsadmin', '-safemode', 'enter'), await hdfs('dfs', '-rm', '-r', '/data')]
    expect(entered.stdout).toBe('Safe mode is ON\n')
    expect(rejected).toMatchObject({ code: 1, stderr: expect.stringMatching(/^rm: Cannot delete \/data/) })
    expect((await hdfs('dfsadmin', '-report')).stdout).toMatch(/Safe mode is ON[\s\S]*Live datanodes \(3\):/)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}, 60_000)
