import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { engine } from '../../src/engines/lake/engine.ts'
import { startEngines, type TestEngines } from '../support/engines.ts'

interface Version {
  id: string
  /** Undefined is a delete marker. */
  text: string | undefined
}

const KEYS = ['a', 'a/b', 'A'] as const
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('put' as const), key: fc.constantFrom(...KEYS) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), key: fc.constantFrom(...KEYS) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('destroy' as const), key: fc.constantFrom(...KEYS), which: fc.nat(5) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('erase' as const), key: fc.constantFrom(...KEYS) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('enable' as const, 'suspend' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('restart' as const, 'lose' as const) }) },
)

it('has the versions of a list, newest first, whatever is put, deleted, destroyed, suspended, started again and lost of the index', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      let engines: TestEngines = await startEngines([engine])
      const directory = engines.workspaceDirectory
      const lake = () => engines.clients.lake
      const bucket = 'data'
      await lake().createBucket({ bucket })
      const model = new Map<string, Version[]>(KEYS.map((key) => [key, []]))
      let mode: 'never' | 'Enabled' | 'Suspended' = 'never'
      let count = 0
      /** A new version on top; one without an id takes the place of the one before it. */
      const push = (key: string, id: string | undefined, text: string | undefined) => {
        const versions = model.get(key)!
        const others = mode === 'Enabled' ? versions : versions.filter((version) => version.id !== 'null')
        model.set(key, [{ id: id ?? 'null', text }, ...others])
      }
      try {
        for (const one of steps) {
          if (one.kind === 'put') {
            const text = `text ${count++}`
            const put = await lake().putObject({ bucket, key: one.key, body: new TextEncoder().encode(text) })
            expect(put.versionId === undefined).toBe(mode === 'never')
            push(one.key, put.versionId, text)
          } else if (one.kind === 'delete') {
            const [deletion] = await lake().deleteVersions({ bucket, objects: [{ key: one.key }] })
            if (mode === 'never') model.set(one.key, [])
            else push(one.key, deletion.versionId, undefined)
          } else if (one.kind === 'destroy') {
            const version = model.get(one.key)![one.which]
            if (!version) continue
            await lake().deleteVersions({ bucket, objects: [{ key: one.key, versionId: version.id }] })
            model.set(
              one.key,
              model.get(one.key)!.filter((other) => other !== version),
            )
          } else if (one.kind === 'erase') {
            const [newest, ...others] = model.get(one.key)!
            if (newest?.text === undefined) continue
            const all = readdirSync(join(directory, 'lake', bucket), { recursive: true, withFileTypes: true })
            for (const entry of all) {
              const file = join(entry.parentPath, entry.name)
              if (entry.isFile() && readFileSync(file, 'utf8') === newest.text) rmSync(file)
            }
            const { versions } = await lake().listVersions({ bucket, prefix: one.key })
            const marker = versions.find(({ key, latest, marker }) => key === one.key && latest && marker)
            const isBelow = others[0]?.text !== undefined
            expect(marker !== undefined).toBe(others.length > 0)
            model.set(one.key, isBelow ? [{ id: marker!.versionId, text: undefined }, ...others] : others)
          } else if (one.kind === 'restart') {
            await engines.stop()
            engines = await startEngines([engine], { directory })
          } else if (one.kind === 'lose') {
            await engines.stop()
            for (const end of ['', '-wal', '-shm'])
              rmSync(join(directory, `.millrace/lake/index.sqlite${end}`), { force: true })
            engines = await startEngines([engine], { directory })
            // The id of a current object is in the index alone.
            for (const { key, versionId, latest, marker } of (await lake().listVersions({ bucket })).versions)
              if (latest && !marker) model.get(key)![0].id = versionId
          } else {
            mode = one.kind === 'enable' ? 'Enabled' : 'Suspended'
            await lake().changeBucket({ bucket, versioning: mode })
          }
        }
        const { versions } = await lake().listVersions({ bucket })
        for (const [key, expected] of model) {
          const found = versions.filter((version) => version.key === key)
          expect(found.map(({ versionId, marker, latest }) => [versionId, marker, latest])).toEqual(
            expected.map(({ id, text }, index) => [id, text === undefined, index === 0]),
          )
          for (const { id, text } of expected) {
            const read = lake().getObject({ bucket, key, versionId: id })
            if (text === undefined) await expect(read).rejects.toMatchObject({ code: 'MethodNotAllowed' })
            else expect(new TextDecoder().decode((await read).body)).toBe(text)
          }
        }
        const current = [...model].filter(([, [newest]]) => newest?.text !== undefined)
        const { objects } = await lake().listObjects({ bucket })
        expect(objects.map(({ key }) => key).sort()).toEqual(current.map(([key]) => key).sort())
        const files = readdirSync(join(directory, 'lake', bucket), { recursive: true, withFileTypes: true })
        const texts = files
          .filter((entry) => entry.isFile())
          .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
        expect(texts.sort()).toEqual(current.map(([, [newest]]) => newest.text).sort())
        const kept = join(directory, '.millrace/lake/versions', bucket)
        const old = [...model.values()].flatMap((all) => (all[0]?.text === undefined ? all : all.slice(1)))
        const names = existsSync(kept) ? readdirSync(kept) : []
        expect(names.filter((name) => name.endsWith('.json'))).toHaveLength(old.length)
        expect(names).toHaveLength(old.length + old.filter(({ text }) => text !== undefined).length)
      } finally {
        await engines[Symbol.asyncDispose]()
      }
    }),
    { numRuns: process.env.MILLRACE_NIGHTLY ? 300 : 30 },
  )
}, 120_000)
