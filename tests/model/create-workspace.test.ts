import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createFromSample } from '../../src/main/create-workspace.ts'

let folder: string
const sample = () => join(folder, 'sample')
const workspace = () => join(folder, 'workspace')

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-create-'))
  vi.stubEnv('MILLRACE_HOME', join(folder, 'home'))
  mkdirSync(sample())
  writeFileSync(join(sample(), 'gitignore'), '.millrace/\n')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

it('makes a workspace in an empty folder, once', () => {
  expect(createFromSample(workspace(), sample(), 'Sample')).toBe(true)
  expect(readdirSync(workspace()).sort()).toEqual(['.gitignore', 'millrace.json'])
  expect(createFromSample(workspace(), sample(), 'Sample')).toBe(false)
})

it('leaves nothing behind where it cannot be made whole, and says what to do', () => {
  // The user's folder is a file, so that the last step fails after all files are there.
  writeFileSync(join(folder, 'home'), '')
  expect(() => createFromSample(workspace(), sample(), 'Sample')).toThrow(/No workspace could be made in .*--workspace/)
  expect(existsSync(workspace()) && readdirSync(workspace())).toEqual([])
  rmSync(join(folder, 'home'))
  expect(createFromSample(workspace(), sample(), 'Sample')).toBe(true)
})
