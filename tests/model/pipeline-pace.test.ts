import { expect, test } from 'vitest'
import { Monitor, NodeMeter } from '../../src/engines/pipeline/meters.ts'
import { Pace } from '../../src/engines/pipeline/pace.ts'

test('the time left follows how fast things go now, not how they went since the start', () => {
  const pace = new Pace()
  // A slow minute, then thirty seconds ten times as fast.
  for (let s = 0; s <= 60; s++) pace.add(s * 1000, s)
  for (let s = 1; s <= 30; s++) pace.add(60_000 + s * 1000, 60 + s * 10)
  expect(pace.timeFor(100)).toBeCloseTo(10_000, -2)
})

test('no time is told while nothing moves, too little is known, or after a halt', () => {
  const pace = new Pace()
  pace.add(0, 0)
  pace.add(1000, 5)
  expect(pace.timeFor(10)).toBeNull()
  pace.add(5000, 25)
  expect(pace.timeFor(10)).toBe(2000)
  expect(pace.timeFor(0)).toBe(0)
  pace.add(6000, null)
  pace.add(7000, 25)
  pace.add(60_000, 25)
  expect(pace.timeFor(10)).toBeNull()
})

test('a source is timed by its share, a node that drains by the rows in hand, the clock by its real speed', () => {
  const source = new NodeMeter('source')
  const sink = new NodeMeter('sink')
  source.state = sink.state = 'running'
  const monitor = new Monitor([source, sink], [], 0)
  for (let s = 1; s <= 10; s++) {
    source.progress(s / 20)
    sink.set({ rowsOut: s * 100 })
    sink.pending({ what: 'buffered', rows: 500 })
    // The clock is set to sixty times, and manages thirty.
    monitor.sample(s * 1000, s * 30_000)
  }
  const [a, b] = monitor.read(false).nodes
  expect(a.etaMs).toBeCloseTo(10_000, -3)
  expect(b.etaMs).toBeCloseTo(5000, -3)
  expect(monitor.realMs(60_000)).toBeCloseTo(2000, -1)
  sink.pending({ what: 'buffered', rows: 500, dueMs: 360_000 })
  expect(monitor.read(false).nodes[1].etaMs).toBeCloseTo(2000, -1)
  sink.pending(null)
  expect(monitor.read(false).nodes[1].etaMs).toBeNull()
  expect(monitor.read(true).nodes[0].etaMs).toBeNull()
})
