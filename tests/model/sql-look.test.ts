import { expect, test } from 'vitest'
import { createStore } from 'zustand/vanilla'
import { LOOK_BYTES, LOOK_ROWS, Looker } from '../../src/renderer/features/sql/look.ts'
import type { Session, SessionState } from '../../src/renderer/features/sql/session.ts'

/** A session over an Athena that would read so many bytes and give so many rows. */
function opened({ bytes, rows }: { bytes: number; rows: number }) {
  const asked: { rows: number; signal: AbortSignal }[] = []
  const results: SessionState['results'] = []
  const store = createStore(() => ({ look: null, results }) as unknown as SessionState)
  const session = {
    store,
    header: { engine: 'athena', database: 'shop' },
    connection: { current: {} },
    clients: {
      athena: {
        estimate: async () => ({ bytesScanned: bytes, costUsd: 0, files: 1 }),
        preview: async (wanted: { rows: number }, { signal }: { signal: AbortSignal }) => {
          asked.push({ rows: wanted.rows, signal })
          if (rows < 0) await new Promise((_, failed) => signal.addEventListener('abort', () => failed(signal.reason)))
          const rowCount = Math.min(rows, wanted.rows)
          const n = Array.from({ length: rowCount }, (_, i) => i)
          return { columns: [{ name: 'n', type: 'integer', declared: 'integer' }], start: 0, rowCount, values: [n] }
        },
      },
    },
  } as unknown as Session
  return {
    looker: new Looker(session),
    asked,
    look: () => store.getState().look,
    untouched: () => store.getState().results === results,
  }
}

test('a look shows the first rows, says that there are more, and leaves the results alone', async () => {
  const { looker, look, untouched } = opened({ bytes: 10, rows: 10_000 })
  await looker.show('few', 'SELECT 1', {})
  expect(look()).toMatchObject({ title: 'few', more: true, page: { rowCount: LOOK_ROWS } })
  expect(look()!.page!.values[0]).toHaveLength(LOOK_ROWS)
  expect(untouched()).toBe(true)
  looker.close()
  expect(look()).toBeNull()
})

test('what would read more than a look may is not begun', async () => {
  const { looker, look, asked } = opened({ bytes: LOOK_BYTES + 1, rows: 1 })
  await looker.show('large', 'SELECT 1', {})
  expect(look()).toMatchObject({ tooLarge: LOOK_BYTES + 1 })
  expect(asked).toEqual([])
})

test('cancelling stops the work; a look that follows is not disturbed by the one before', async () => {
  const { looker, look, asked } = opened({ bytes: 1, rows: -1 })
  const first = looker.show('slow', 'SELECT 1', {})
  await expect.poll(() => asked.length).toBe(1)
  looker.cancel()
  await first
  expect(asked[0].signal.aborted).toBe(true)
  expect(look()).toMatchObject({ title: 'slow', cancelled: true })
  const second = looker.show('second', 'SELECT 2', {})
  await expect.poll(() => asked.length).toBe(2)
  void looker.show('third', 'SELECT 3', {})
  await second
  expect(look()?.title).toBe('third')
})

test('a parameter without a value is asked for in words', async () => {
  const { looker, look } = opened({ bytes: 1, rows: 1 })
  await looker.show('few', 'SELECT :day', {})
  expect(look()?.error?.message).toContain(':day has no value yet')
})
