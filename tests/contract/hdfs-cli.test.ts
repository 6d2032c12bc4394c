import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
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
    expect((await hdfs('dfs', '-ls', '-h', '/')).stdout).toContain('Found 1 items')
    await expect(hdfs('dfs', '-frobnicate')).rejects.toMatchObject({ code: 255 })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
