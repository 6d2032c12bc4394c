import { describe, expect, it } from 'vitest'
import { paletteRank } from '../../src/renderer/shell/paletteRank.ts'

const ENTRIES = [
  ['Go to the other side of a split view', 'View'],
  ['flights', 'data stream'],
  ['flights-by-airport', 'query'],
  ['New data stream…', 'Streams'],
  ['Streams', 'go to Streams'],
  ['Set up a filter', 'Pipeline'],
]

const found = (typed: string) =>
  ENTRIES.map((names) => ({ names, rank: paletteRank(names, typed) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank)
    .map(({ names }) => names[0])

describe('the palette', () => {
  it('puts what begins so before what has the letters somewhere', () => {
    expect(found('fli').slice(0, 2)).toEqual(['flights', 'flights-by-airport'])
    expect(found('airp')[0]).toBe('flights-by-airport')
  })

  it('puts a name before what stands beside another', () => {
    expect(found('streams')[0]).toBe('Streams')
    expect(found('data stream')).toEqual(['New data stream…', 'flights'])
  })

  it('takes words in any order, and letters of a name', () => {
    expect(found('stream new')[0]).toBe('New data stream…')
    expect(found('gtots')).toEqual(['Go to the other side of a split view'])
    expect(found('zebra')).toEqual([])
  })
})
