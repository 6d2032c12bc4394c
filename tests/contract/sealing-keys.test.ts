import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Keychain, UserKeys } from '../../src/main/sealing-keys.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'millrace-home-'))
  vi.stubEnv('MILLRACE_HOME', home)
  vi.stubEnv('MILLRACE_KEYCHAIN', '')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(home, { recursive: true })
})

const files = () => readdirSync(join(home, 'sealing-keys'))

function keychain() {
  const kept = new Map<string, string>()
  const fake: Keychain = {
    get: async (account) => kept.get(account) ?? null,
    set: async (account, text) => void kept.set(account, text),
  }
  return { kept, open: async () => fake }
}
const none = async () => undefined
const locked = async (): Promise<Keychain> => ({
  get: () => Promise.reject(new Error('it is locked')),
  set: () => Promise.reject(new Error('it is locked')),
})

it('the keychain has the key, and no file has it', async () => {
  const { kept, open } = keychain()
  const keys = new UserKeys(open)
  expect(keys.heldBy()).toBeNull()
  const { id, key } = await keys.current()
  expect(keys.heldBy()).toBe('keychain')
  expect(kept.get(id)).toBe(Buffer.from(key).toString('base64'))
  expect(files()).toEqual([`${id}.keychain`])
  expect(readFileSync(join(home, 'sealing-keys', `${id}.keychain`), 'utf8')).toBe('')
  // The next process finds the same.
  expect(await new UserKeys(open).current()).toEqual({ id, key: Buffer.from(key) })
})

it.each([
  ['without a keychain', none],
  ['with one that does not answer', locked],
])('%s a file has the key, for its user alone', async (_, open) => {
  const keys = new UserKeys(open)
  const { id, key } = await keys.current()
  expect(keys.heldBy()).toBe('file')
  expect(files()).toEqual([`${id}.key`])
  if (process.platform !== 'win32') expect(statSync(join(home, 'sealing-keys', `${id}.key`)).mode & 0o777).toBe(0o600)
  expect((await new UserKeys(open).find({ id })).key).toEqual(Buffer.from(key))
})

it('a keychain that is locked later is named, and no key is made in its place', async () => {
  const { open } = keychain()
  const { id } = await new UserKeys(open).current()
  const refused = {
    code: 'KeychainUnavailable',
    retry: true,
    message: expect.stringMatching(/it is locked\. Unlock it/),
  }
  const later = new UserKeys(locked)
  await expect(later.find({ id })).rejects.toMatchObject(refused)
  await expect(later.current()).rejects.toMatchObject(refused)
  expect(files()).toEqual([`${id}.keychain`])
})

it('what a file’s key sealed still opens once there is a keychain; a key that is lost, or not ours, is none', async () => {
  const { id } = await new UserKeys(none).current()
  const { kept, open } = keychain()
  const keys = new UserKeys(open)
  const { id: next } = await keys.current()
  expect(next).not.toBe(id)
  expect((await keys.find({ id })).key).toBeDefined()
  kept.clear()
  const after = new UserKeys(open)
  expect(await after.find({ id: next })).toEqual({})
  expect((await after.current()).id).not.toBe(next)
  expect(await after.find({ id: '0123456789abcdef' })).toEqual({})
})

it('MILLRACE_KEYCHAIN=off keeps new secrets under a file’s key, and old ones readable', async () => {
  const { open } = keychain()
  const { id } = await new UserKeys(open).current()
  vi.stubEnv('MILLRACE_KEYCHAIN', 'off')
  const keys = new UserKeys(none)
  expect((await keys.current()).id).not.toBe(id)
  expect(keys.heldBy()).toBe('file')
})

it('two processes that make a key at once keep both', async () => {
  const made = await Promise.all([new UserKeys(none).current(), new UserKeys(none).current()])
  for (const { id, key } of made) expect((await new UserKeys(none).find({ id })).key).toEqual(Buffer.from(key))
})
