import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { RecentWorkspaces } from '../../src/main/recent-workspaces.ts'
import { Millrace } from '../support/millrace.ts'

const home = mkdtempSync(join(tmpdir(), 'millrace-home-'))
const file = join(home, 'recent.json')
const start = (workspace?: string) => Millrace.start({ env: { MILLRACE_HOME: home }, workspace })
const listOf = async (millrace: Millrace) => (await millrace.clients()).system.recentWorkspaces({})
afterAll(() => rmSync(home, { recursive: true, force: true }))

describe('the list of recent workspaces', () => {
  it('has the others, latest first, and says where one is open now', async () => {
    await using first = await start()
    await using second = await start()
    await using third = await start()
    await third.end()
    expect(await listOf(first)).toEqual({
      canOpen: true,
      canChoose: false,
      problem: null,
      workspaces: [
        {
          directory: third.ready.workspace,
          name: 'Flights',
          openedMs: expect.any(Number),
          missing: false,
          address: null,
        },
        expect.objectContaining({ directory: second.ready.workspace, address: second.page }),
      ],
    })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    // What a killed owner left behind is no address.
    await second.end('SIGKILL')
    expect(existsSync(join(second.ready.workspace, '.millrace', 'owner.json'))).toBe(true)
    expect((await listOf(first)).workspaces[1]).toMatchObject({ directory: second.ready.workspace, address: null })
    // Looking left the lock alone: the workspace opens again.
    await using again = await start(second.ready.workspace)
    expect((await listOf(first)).workspaces[0]).toMatchObject({ address: again.page })
    const { system } = await first.clients()
    await expect(system.openWorkspace({})).rejects.toThrow('Only the desktop shell')
    await expect(system.openWorkspace({ directory: '/' })).rejects.toThrow('not among the workspaces')
    await expect(system.openWorkspace({ directory: again.ready.workspace })).rejects.toThrow('open already')
  })

  it('shows a folder that is gone as missing, until it is taken off', async () => {
    await using gone = await start()
    await gone.end()
    rmSync(gone.ready.workspace, { recursive: true })
    await using millrace = await start()
    const { directory, name } = (await listOf(millrace)).workspaces.find(({ missing }) => missing) ?? {}
    expect({ directory, name }).toMatchObject({ directory: gone.ready.workspace })
    await (await millrace.clients()).system.forgetWorkspace({ directory: gone.ready.workspace })
    expect((await listOf(millrace)).workspaces.map((workspace) => workspace.directory)).not.toContain(directory)
  })

  it('is set aside where it is damaged, and said; one of a newer program is left as it is', () => {
    const own = mkdtempSync(join(tmpdir(), 'millrace-home-'))
    const [list, workspace] = [join(own, 'recent.json'), join(own, 'workspace')]
    mkdirSync(workspace)
    vi.stubEnv('MILLRACE_HOME', own)
    writeFileSync(list, '{"format":1,"workspaces":[{')
    const damaged = new RecentWorkspaces()
    damaged.record(workspace)
    expect(damaged.problem).toContain(`${list}.damaged`)
    expect(readFileSync(`${list}.damaged`, 'utf8')).toBe('{"format":1,"workspaces":[{')
    expect(new RecentWorkspaces().has(workspace)).toBe(true)
    const newer = '{"format":2,"places":[]}'
    writeFileSync(list, newer)
    const older = new RecentWorkspaces()
    older.record(workspace)
    expect(older.problem).toContain('newer Millrace')
    expect(readFileSync(list, 'utf8')).toBe(newer)
    vi.unstubAllEnvs()
    rmSync(own, { recursive: true })
  })
})
