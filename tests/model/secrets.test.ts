import { describe, expect, it } from 'vitest'
import { masked, Secrets } from '../../src/engines/kit/node/secrets.ts'
import { keysOf } from '../support/engines.ts'

const PLACE = { of: 'the connection crm', field: 'password' }
const secretsOf = (user: string, { id = 'one', trusted = true } = {}) =>
  new Secrets(keysOf(user), async () => ({ id, trusted }))

describe('a sealed secret', () => {
  it('opens for who sealed it, and tells nothing by itself', async () => {
    const secrets = secretsOf('ann')
    const [first, second] = [await secrets.seal('hunter2', PLACE), await secrets.seal('hunter2', PLACE)]
    expect(await secrets.open(first, PLACE)).toBe('hunter2')
    expect(first.sealed).not.toContain('hunter2')
    expect(second).not.toEqual(first)
  })

  it.each([
    ['another user', secretsOf('bob'), PLACE, /another user or on another machine/],
    ['another workspace', secretsOf('ann', { id: 'two' }), PLACE, /copied from another place/],
    ['another connection', secretsOf('ann'), { ...PLACE, of: 'the connection shop' }, /the connection shop/],
    ['another field', secretsOf('ann'), { ...PLACE, field: 'key' }, /copied from another place/],
  ])('does not open for %s, and the error says what to enter again', async (_, secrets, place, message) => {
    const sealed = await secretsOf('ann').seal('hunter2', PLACE)
    const opened = secrets.open(sealed, place)
    await expect(opened).rejects.toMatchObject({ code: 'SecretUnreadable', message: expect.stringMatching(message) })
    await expect(opened).rejects.toThrow(`The secret of ${place.of} cannot be opened`)
    await expect(opened).rejects.toThrow('Enter it again.')
  })

  it('does not open in a workspace that is not trusted, nor when it was changed', async () => {
    const sealed = await secretsOf('ann').seal('hunter2', PLACE)
    const restricted = secretsOf('ann', { trusted: false }).open(sealed, PLACE)
    await expect(restricted).rejects.toMatchObject({ code: 'RestrictedWorkspace' })
    const [version, key, text] = sealed.sealed.split('.')
    const changed = `${version}.${key}.${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`
    await expect(secretsOf('ann').open({ sealed: changed }, PLACE)).rejects.toThrow(/it was changed/)
    const short = secretsOf('ann').open({ sealed: `${version}.${key}.AAAA` }, PLACE)
    await expect(short).rejects.toMatchObject({ code: 'SecretUnreadable' })
  })
})

it('what comes from outside is told without the secrets in it', () => {
  expect(masked('bad key k1, and k1 again for p(2)', ['k1', 'p(2)', ''])).toBe('bad key ***, and *** again for ***')
})
