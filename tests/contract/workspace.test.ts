import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { engine } from '../../src/engines/workspace/engine.ts'
import { startEngines } from '../support/engines.ts'

beforeEach(() => {
  process.env.MILLRACE_HOME = mkdtempSync(join(tmpdir(), 'millrace-home-'))
})

describe('workspace', () => {
  it('keeps documents as plain files and refuses to overwrite what another editor changed', async () => {
    await using engines = await startEngines([engine])
    const { workspace } = engines.clients
    const written = await workspace.writeDocument({ path: 'queries/top.sql', text: 'select 1' })
    const file = join(engines.workspaceDirectory, 'queries/top.sql')
    expect(readFileSync(file, 'utf8')).toBe('select 1')
    writeFileSync(file, 'select 2 -- by hand')
    await expect(
      workspace.writeDocument({ path: 'queries/top.sql', text: 'select 3', revision: written.revision }),
    ).rejects.toMatchObject({ code: 'Conflict' })
    expect(readFileSync(file, 'utf8')).toBe('select 2 -- by hand')
  })

  it('brings a deleted document back', async () => {
    await using engines = await startEngines([engine])
    const { workspace } = engines.clients
    await workspace.writeDocument({ path: 'pipelines/a.json', text: '{"name":"A"}' })
    const { trashId } = await workspace.deleteDocument({ path: 'pipelines/a.json' })
    expect(await workspace.listDocuments({ folder: 'pipelines' })).toEqual([])
    await workspace.restoreDocument({ trashId })
    expect((await workspace.listDocuments({ folder: 'pipelines' }))[0]).toMatchObject({
      path: 'pipelines/a.json',
      title: 'A',
    })
  })

  it.each([
    '../secret',
    'pipelines/../../secret',
    'queries/.hidden',
    '.millrace/workspace/credentials.json',
    'queries',
    'queries/a\u0000b',
    '/etc/passwd',
  ])('refuses the path %j', async (path) => {
    await using engines = await startEngines([engine])
    await expect(engines.clients.workspace.readDocument({ path })).rejects.toMatchObject({ code: 'InvalidPath' })
  })

  it('refuses a link that leads out of the workspace', async () => {
    await using engines = await startEngines([engine])
    symlinkSync(tmpdir(), join(engines.workspaceDirectory, 'queries', 'out'))
    await expect(engines.clients.workspace.readDocument({ path: 'queries/out/x.sql' })).rejects.toMatchObject({
      code: 'InvalidPath',
    })
  })

  it('has AWS keys that whoever sent it does not know, the same at each start', async () => {
    await using first = await startEngines([engine], { settings: { workspace: { keySeed: 'of one user' } } })
    const { workspaceDirectory } = first
    const known = join(workspaceDirectory, '.millrace', 'workspace', 'credentials.json')
    writeFileSync(known, '{"accessKeyId":"AKIAKNOWN","secretAccessKey":"known"}')
    const keysOf = async (keySeed: string) => {
      const engines = await startEngines([engine], {
        directory: workspaceDirectory,
        settings: { workspace: { keySeed } },
      })
      const keys = await engines.clients.workspace.credentials({})
      await engines.stop()
      return keys
    }
    const keys = await keysOf('of one user')
    expect(keys).toEqual(await first.clients.workspace.credentials({}))
    expect(keys.accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/)
    expect(keys.secretAccessKey).toHaveLength(40)
    expect((await keysOf('of another user')).secretAccessKey).not.toBe(keys.secretAccessKey)
    expect(existsSync(known)).toBe(false)
  })

  it('lists a damaged pipeline with its problem beside the good ones', async () => {
    await using engines = await startEngines([engine])
    await engines.clients.workspace.writeDocument({ path: 'pipelines/bad.json', text: '{ "name": ' })
    await engines.clients.workspace.writeDocument({ path: 'pipelines/good.json', text: '{"name":"Good"}' })
    const entries = await engines.clients.workspace.listDocuments({ folder: 'pipelines' })
    expect(entries.map((entry) => [entry.title, entry.problem !== undefined])).toEqual([
      ['bad', true],
      ['Good', false],
    ])
  })

  it('opens what came from elsewhere restricted until its user trusts it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-foreign-'))
    mkdirSync(join(directory, 'pipelines'))
    writeFileSync(join(directory, 'pipelines', 'x.json'), '{}')
    writeFileSync(join(directory, 'millrace.json'), '{"format":1,"id":"elsewhere","name":"Foreign"}')
    await using engines = await startEngines([engine], { directory })
    expect(await engines.clients.workspace.describe({})).toMatchObject({ trusted: false })
    expect(await engines.clients.workspace.trust({})).toMatchObject({ trusted: true })
  })

  it('opens a workspace of a newer Millrace read-only', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'millrace-newer-'))
    writeFileSync(join(directory, 'millrace.json'), '{"format":99,"id":"newer","name":"Newer"}')
    await using engines = await startEngines([engine], { directory })
    expect(await engines.clients.workspace.describe({})).toMatchObject({ readOnly: true, name: 'Newer' })
    await expect(engines.clients.workspace.writeDocument({ path: 'queries/a.sql', text: '' })).rejects.toMatchObject({
      code: 'ReadOnly',
    })
  })

  it('remembers state over a restart', async () => {
    const first = await startEngines([engine])
    await first.clients.workspace.writeState({ key: 'layout', value: { left: 240 } })
    await first.stop()
    await using second = await startEngines([engine], { directory: first.workspaceDirectory })
    expect(await second.clients.workspace.readState({ key: 'layout' })).toEqual({ value: { left: 240 } })
  })
})
