import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { contracts } from '../../src/engines/contract.ts'
import { RESULT, verbTable } from '../../src/engines/kit/pure/rpc.ts'

const root = resolve(import.meta.dirname, '../..')

describe('the built desktop shell, against a fake electron', () => {
  it('keeps the page sandboxed, pipes its port to the engines, and refuses strangers', () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-desktop-'))
    const describeVerb = verbTable(contracts).findIndex(
      ({ engine, name }) => engine === 'workspace' && name === 'describe',
    )
    const ran = spawnSync(
      process.execPath,
      ['--import', join(root, 'tests/support/fake-electron.mjs'), join(root, 'out/main/index.js')],
      {
        env: {
          ...process.env,
          MILLRACE_HOME: join(folder, 'home'),
          MILLRACE_WORKSPACE: join(folder, 'workspace'),
          DESCRIBE_VERB: String(describeVerb),
        },
        encoding: 'utf8',
        timeout: 50_000,
      },
    )
    const said = JSON.parse(
      ran.stdout.split('\n').find((line) => line.startsWith('{')) ?? JSON.stringify({ error: ran.stderr }),
    )
    expect(said).not.toHaveProperty('error')
    expect(said.webPreferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
    })
    expect(said.webPreferences.preload).toMatch(/preload\.cjs$/)
    expect(said).toMatchObject({
      sandboxed: true,
      dialogs: [],
      handlers: ['app'],
      url: 'app://millrace/index.html',
      navigationBlocked: true,
      ownNavigationBlocked: false,
      webviewBlocked: true,
      windowOpen: { action: 'deny' },
      strangersPort: false,
      framesPort: false,
      outside: 404,
      camera: false,
      clipboard: true,
      remoteBlocked: true,
      ownBlocked: false,
    })
    expect(said.index.status).toBe(200)
    expect(said.index.policy).toContain("script-src 'self';")
    expect(said.answer[0]).toBe(RESULT)
    expect(said.answer[2]).toMatchObject({ directory: join(folder, 'workspace'), trusted: true })
    expect(ran.status).toBe(0)
  })
})
