import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { abortion, Outlasting } from '../../src/engines/kit/pure/outlasting.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

describe('a promise that outlasts others', () => {
  it('gives what settles first, failures too', async () => {
    const stop = new AbortController()
    const until = new Outlasting(abortion(stop.signal))
    expect(await until.race(Promise.resolve(1))).toBe(1)
    await expect(until.race(Promise.reject(new Error('lost')))).rejects.toThrow('lost')
    const waiting = until.race(new Promise(() => {}))
    stop.abort(new Error('stopped'))
    await expect(waiting).rejects.toThrow('stopped')
    await expect(until.race(Promise.resolve(1))).rejects.toThrow('stopped')
  })

  it('keeps nothing of those that went before', async () => {
    const until = new Outlasting(new Promise(() => {}))
    const gone: WeakRef<object>[] = []
    for (let i = 0; i < 100; i++) gone.push(new WeakRef((await until.race(Promise.resolve({ i }))) as object))
    await new Promise((resolve) => setTimeout(resolve))
    collect()
    expect(gone.filter((reference) => reference.deref()).length).toBeLessThan(3)
    expect(until).toBeDefined()
  })
})
