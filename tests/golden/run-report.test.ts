import { expect, test } from 'vitest'
import type { Clients } from '../../src/engines/contract.ts'
import { EngineError } from '../../src/engines/kit/pure/errors.ts'
import type { RunState } from '../../src/engines/pipeline/contract.ts'
import { type RunTerminal, run } from '../../src/main/cli/run.ts'
import { duration, machineLine, plainLine, progressBlock, report, size } from '../../src/main/cli/run-report.ts'

const idle = { rateIn: 0, rateOut: 0, progress: null, etaMs: null, rowsFiltered: 0, rowsFailed: 0 }
const account = { filtered: 0, failed: 0, readBack: null, agrees: null }
const titles = new Map([
  ['source', 'Flights'],
  ['clean', 'Clean'],
  ['lake', 'To the lake'],
])

const running: RunState = {
  runId: 'r1',
  pipeline: 'pipelines/flights.json',
  state: 'running',
  startedMs: 1000,
  clockMs: Date.UTC(2026, 0, 1, 12, 30, 5),
  rows: 1_500_000,
  progress: 0.5,
  etaMs: 28_400,
  nodes: [
    {
      ...idle,
      node: 'source',
      state: 'running',
      rowsIn: 0,
      rowsOut: 1_500_000,
      bytesIn: 0,
      bytesOut: 150_000_000,
      rateOut: 52_345.6,
      progress: 0.5,
      etaMs: 28_400,
    },
    {
      ...idle,
      node: 'clean',
      state: 'running',
      rowsIn: 1_499_000,
      rowsOut: 1_498_800,
      bytesIn: 149_900_000,
      bytesOut: 160_000_000,
      rateIn: 52_000,
      rowsFiltered: 200,
    },
    {
      ...idle,
      node: 'lake',
      state: 'waiting',
      rowsIn: 0,
      rowsOut: 0,
      bytesIn: 0,
      bytesOut: 0,
      note: 'next delivery in 12 s',
    },
  ],
  wires: [],
  warnings: [],
  accounts: [],
  athenaBytesScanned: 0,
  costUsd: null,
}

const ended: RunState = {
  ...running,
  state: 'succeeded',
  etaMs: null,
  endedMs: 61_000,
  nodes: running.nodes.map((node) => ({ ...node, state: 'done', progress: null, etaMs: null })),
  accounts: [
    { ...account, node: 'source', rowsIn: 0, rowsOut: 1_500_000 },
    { ...account, node: 'clean', rowsIn: 1_499_000, rowsOut: 1_498_800, filtered: 200, agrees: true },
    {
      ...account,
      node: 'lake',
      rowsIn: 1_498_800,
      rowsOut: 1_498_800,
      readBack: 1_498_800,
      agrees: true,
      note: 'key hash 00c0ffee',
    },
  ],
  athenaBytesScanned: 12_345_678,
  costUsd: 0.1234,
}

test('progress on a terminal: a line for each node, never wider than it', () => {
  expect(progressBlock(running, titles, 120).join('\n')).toMatchInlineSnapshot(`
    "running 50 %, 29 s left  clock 2026-01-01 12:30:05
    ▸ Flights      [█████░░░░░]   1,500,000 rows  143.1 MiB    52,346/s  29 s left
    ▸ Clean                       1,499,000 rows  152.6 MiB    52,000/s
    · To the lake                         0 rows        0 B         0/s  next delivery in 12 s"
  `)
  for (const line of progressBlock(running, titles, 40)) expect([...line].length).toBeLessThan(40)
})

test('progress in a log', () => {
  expect(plainLine(running, titles)).toMatchInlineSnapshot(
    `"running 50 %, 29 s left: Flights 1,500,000, Clean 1,499,000"`,
  )
})

test('a run that drains says what it waits for, and no time that nobody knows', () => {
  const waitsFor = 'To the lake: 12,400 rows buffered, next flush in 8 s'
  const draining: RunState = { ...running, state: 'draining', progress: 1, etaMs: null, waitsFor }
  expect(plainLine(draining, titles)).toBe(`draining ${waitsFor}: Flights 1,500,000, Clean 1,499,000`)
  expect(progressBlock({ ...draining, etaMs: 4_000 }, titles, 120)[0]).toBe(
    `draining ${waitsFor}, 4 s left  clock 2026-01-01 12:30:05`,
  )
})

test('the table at the end', () => {
  expect(report(ended, titles)).toMatchInlineSnapshot(`
    "node           rows in   rows out  filtered  failed      bytes  read back
    ───────────  ─────────  ─────────  ────────  ──────  ─────────  ─────────────────────────────
    Flights              0  1,500,000         0       0  143.1 MiB  –
    Clean        1,499,000  1,498,800       200       0  152.6 MiB  ✓
    To the lake          0          0         0       0        0 B  1,498,800 ✓ key hash 00c0ffee

    Time      60.0 s, 25,000 rows/s
    Athena    11.8 MiB scanned
    At AWS    $0.1234 (an estimate, simulated: nothing ran at AWS)
    Accounts  agree: every row is delivered, filtered or under an error prefix
    Outcome   succeeded
    "
  `)
})

test('accounts that differ are named in the table and below it', () => {
  const error = new EngineError('AccountsDiffer', 'The accounts of this run differ. lake: 3 rows too few.').toWire()
  const accounts = ended.accounts.map((a) => (a.node === 'lake' ? { ...a, readBack: 1_498_797, agrees: false } : a))
  const text = report({ ...ended, state: 'failed', error, accounts }, titles)
  expect(text).toContain('1,498,797 ✗')
  expect(text).toContain('Accounts  DIFFER at lake\nOutcome   failed: The accounts of this run differ.')
})

test('a run that ended well although every row of a node failed warns of it', () => {
  const warnings = [{ node: 'clean', message: '100 % of the rows failed at Clean' }]
  expect(report({ ...ended, warnings }, titles)).toContain(
    'Warning   100 % of the rows failed at Clean\nOutcome   succeeded',
  )
})

test('machine lines are one JSON object each', () => {
  expect(JSON.parse(machineLine('end', ended))).toMatchObject({
    type: 'end',
    state: 'succeeded',
    athenaBytesScanned: 12_345_678,
  })
})

test('sizes and durations', () => {
  expect([0, 1023, 1024, 5_000_000, 3e12].map(size)).toEqual(['0 B', '1023 B', '1.0 KiB', '4.8 MiB', '2.7 TiB'])
  expect([0, 1, 59_001, 61_000, 3_700_000].map(duration)).toEqual(['0 s', '1 s', '1 min 0 s', '1 min 1 s', '1 h 1 min'])
})

/** A terminal that keeps what is written, and a session whose runs go as told. */
function setUp(options: { tty?: boolean; states?: RunState[]; start?: () => never; text?: string }) {
  let interrupt = () => {}
  const written: string[] = []
  const errors: string[] = []
  const stopped: unknown[] = []
  const terminal: RunTerminal = {
    isTty: options.tty ?? false,
    columns: 100,
    write: (text) => written.push(text),
    writeError: (text) => errors.push(text),
    onInterrupt: (listener) => {
      interrupt = listener
      return () => {}
    },
  }
  const document = {
    format: 1,
    name: 'f',
    nodes: [{ id: 'source', kind: 'replay', title: 'Flights', position: { x: 0, y: 0 } }],
    wires: [],
  }
  const started: unknown[] = []
  const clients = {
    workspace: { readDocument: async () => ({ text: options.text ?? JSON.stringify(document) }) },
    pipeline: {
      start: async (input: unknown) => {
        options.start?.()
        started.push(input)
        return running
      },
      stop: async (input: unknown) => {
        stopped.push(input)
        return running
      },
      async *watch() {
        yield* options.states ?? [running, ended]
      },
    },
  } as unknown as Clients
  return { terminal, session: { clients }, written, errors, started, stopped, interrupt: () => interrupt() }
}

test('a run that succeeds ends with 0, and its options arrive', async () => {
  const at = setUp({})
  expect(await run(['flights', '--speed', 'max', '--scale', '3', '--until', 'stopped'], at.session, at.terminal)).toBe(
    0,
  )
  expect(at.started).toEqual([{ path: 'pipelines/flights.json', speed: null, scale: 3, until: 'stopped' }])
  expect(at.written.join('')).toContain('Outcome   succeeded')
})

test('with --json every line is an object, progress first and the end last', async () => {
  const at = setUp({})
  await run(['pipelines/flights.json', '--json'], at.session, at.terminal)
  const lines = at.written
    .join('')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).type)
  expect(lines).toEqual(['progress', 'progress', 'end'])
})

test('a failed run ends with 1, a document that cannot run with 2, wrong usage throws as an option error', async () => {
  const failed: RunState = { ...ended, state: 'failed', error: new EngineError('X', 'It broke.').toWire() }
  expect(await run(['flights'], ...args(setUp({ states: [failed] })))).toBe(1)
  const refused = setUp({
    start: () => {
      throw new EngineError('InvalidPipeline', 'pipelines/flights.json, node x: no.')
    },
  })
  expect(await run(['flights'], ...args(refused))).toBe(2)
  expect(refused.errors.join('')).toBe('millrace: pipelines/flights.json, node x: no.\n')
  const damaged = setUp({ text: '{' })
  expect(await run(['flights', '--json'], ...args(damaged))).toBe(2)
  expect(JSON.parse(damaged.written.join(''))).toMatchObject({ type: 'error', at: { line: 1, column: 2 } })
  for (const wrong of [[], ['a', 'b'], ['a', '--scale', 'x'], ['a', '--speed', '-1'], ['a', '--until', 'noon']])
    await expect(run(wrong, ...args(setUp({})))).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_PARSE_ARGS/),
    })
})

test('an interrupt drains, a second one drops the rest, and the run ends with 130', async () => {
  const at = setUp({})
  const { clients } = at.session
  const watching = {
    ...clients,
    pipeline: {
      ...clients.pipeline,
      async *watch() {
        yield running
        at.interrupt()
        at.interrupt()
        yield { ...ended, state: 'stopped' as const }
      },
    },
  } as Clients
  expect(await run(['flights'], { clients: watching }, at.terminal)).toBe(130)
  expect(at.stopped).toEqual([
    { runId: 'r1', mode: 'drain' },
    { runId: 'r1', mode: 'abandon' },
  ])
})

function args({ session, terminal }: ReturnType<typeof setUp>): [{ clients: Clients }, RunTerminal] {
  return [session, terminal]
}
