import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { recordTrust } from '../../src/engines/kit/node/trust.ts'
import { createWorkspaceFile } from '../../src/engines/kit/node/workspace-file.ts'
import { DocumentStore } from '../../src/engines/workspace/documents.ts'
import { refuseForeignLinks } from '../../src/main/foreign-links.ts'
import { openSession } from '../../src/main/session.ts'

let folder: string
let workspace: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-links-'))
  workspace = join(folder, 'workspace')
  vi.stubEnv('MILLRACE_HOME', join(folder, 'home'))
  mkdirSync(join(workspace, '.millrace', 'events'), { recursive: true })
  writeFileSync(join(folder, 'profile'), 'mine\n')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

it.each([
  ['.millrace/millrace.log', 'profile'],
  ['.millrace/events/events.sqlite', 'profile'],
  ['lake', ''],
  ['functions', ''],
])('a workspace that came with the link %s does not open, and what it leads to stays as it was', async (link, to) => {
  symlinkSync(join(folder, to), join(workspace, link))
  const options = { workspaceDirectory: workspace, shell: 'cli', port: 0, awsPort: 0 } as const
  const opening = openSession({ ...options, rendererDirectory: null, echoLogs: false })
  await expect(opening).rejects.toMatchObject({
    code: 'ForeignLink',
    message: expect.stringContaining(`${link} is a link`),
  })
  expect(readFileSync(join(folder, 'profile'), 'utf8')).toBe('mine\n')
})

it('links of a workspace that its user trusts are the user’s own', () => {
  symlinkSync(folder, join(workspace, 'lake'))
  const { id } = createWorkspaceFile(workspace)
  expect(() => refuseForeignLinks(workspace)).toThrow(/lake is a link/)
  recordTrust(workspace, id)
  refuseForeignLinks(workspace)
})

it('a document that is a link into .millrace is none', () => {
  mkdirSync(join(workspace, 'queries', 'shared'), { recursive: true })
  writeFileSync(join(workspace, '.millrace', 'credentials.json'), '{}')
  writeFileSync(join(workspace, 'queries', 'shared', 'a.sql'), 'SELECT 1')
  symlinkSync('../.millrace/credentials.json', join(workspace, 'queries', 'b.sql'))
  symlinkSync('shared/a.sql', join(workspace, 'queries', 'a.sql'))
  const documents = new DocumentStore(workspace, join(folder, 'trash'))
  expect(() => documents.read('queries/b.sql')).toThrow(/leads out of the workspace’s documents/)
  expect(documents.read('queries/a.sql').text).toBe('SELECT 1')
})
