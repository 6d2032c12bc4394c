import { afterEach, describe, expect, it } from 'vitest'
import { EngineError } from '../../src/engines/kit/pure/errors.ts'
import { chordOf, normalChord } from '../../src/renderer/lib/chords.ts'
import { availableCommands, registerCommands, shortcutOf } from '../../src/renderer/lib/command-registry.ts'
import { follow } from '../../src/renderer/lib/follow.ts'
import { viewId } from '../../src/renderer/lib/view-id.ts'

const press = (key: string, code: string, held: Partial<Record<'ctrlKey' | 'shiftKey' | 'altKey', boolean>> = {}) =>
  chordOf({ key, code, ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...held })
const undo: (() => void)[] = []
afterEach(() => {
  for (const off of undo.splice(0)) off()
})

describe('commands', () => {
  it('reads key presses as shortcuts are written', () => {
    expect(press('k', 'KeyK', { ctrlKey: true })).toBe(normalChord('Mod+k'))
    expect(press('M', 'KeyM', { ctrlKey: true, shiftKey: true })).toBe(normalChord('Shift+Mod+M'))
    expect(press('F1', 'F1')).toBe('F1')
    expect(press('¡', 'Digit1', { altKey: true })).toBe('Alt+1')
    expect(press(' ', 'Space', { shiftKey: true })).toBe('Shift+Space')
  })

  it('means the tab in front when several offer the same command', () => {
    const ran: string[] = []
    let front = 'a'
    for (const tab of ['a', 'b'])
      undo.push(
        registerCommands([
          { id: 'sql.run', title: 'Run', shortcut: 'Mod+Enter', when: () => front === tab, run: () => ran.push(tab) },
        ]),
      )
    availableCommands()
      .find(({ id }) => id === 'sql.run')
      ?.run()
    front = 'b'
    availableCommands()
      .find(({ id }) => id === 'sql.run')
      ?.run()
    front = 'c'
    expect(availableCommands().some(({ id }) => id === 'sql.run')).toBe(false)
    expect(ran).toEqual(['a', 'b'])
    expect(shortcutOf('sql.run')).toBe('Mod+Enter')
  })

  it('gives one resource one tab, however its params are ordered', () => {
    expect(viewId('catalog.table', { table: 't', database: 'd' })).toBe(
      viewId('catalog.table', { database: 'd', table: 't' }),
    )
  })
})

describe('a feed that is followed', () => {
  it('is subscribed again after a failure that may pass, and its fold starts anew', async () => {
    let attempt = 0
    const seen: number[][] = []
    const losses: boolean[] = []
    async function* items() {
      yield 1
      yield 2
      if (attempt++ === 0) throw new EngineError('ConnectionLost', 'gone', { retry: true })
    }
    await follow(items, {
      signal: new AbortController().signal,
      begin: () => {
        const list: number[] = []
        seen.push(list)
        return (item) => list.push(item)
      },
      lost: (_: EngineError, final) => losses.push(final),
      ended: () => {},
    })
    expect(seen).toEqual([
      [1, 2],
      [1, 2],
    ])
    expect(losses).toEqual([false])
  })

  it('stays ended after a failure that will not pass', async () => {
    let attempts = 0
    // biome-ignore lint/correctness/useYield: it fails before it has anything to give
    async function* items(): AsyncGenerator<number> {
      attempts++
      throw new EngineError('ResourceNotFoundException', 'no such stream')
    }
    const losses: boolean[] = []
    await follow(items, {
      signal: new AbortController().signal,
      begin: () => () => {},
      lost: (_, final) => losses.push(final),
      ended: () => {},
    })
    expect(attempts).toBe(1)
    expect(losses).toEqual([true])
  })
})
