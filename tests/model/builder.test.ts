import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Clients } from '../../src/engines/contract.ts'
import { EngineError } from '../../src/engines/kit/pure/errors.ts'
import type { RunState } from '../../src/engines/pipeline/contract.ts'
import { PipelineDocument } from '../../src/engines/pipeline/document.ts'
import { fingerprints } from '../../src/engines/pipeline/fingerprint.ts'
import { nodeKind, nodeKinds } from '../../src/engines/pipeline/nodes/index.ts'
import { runWarnings } from '../../src/engines/pipeline/warnings.ts'
import * as clipboard from '../../src/renderer/features/builder/model/clipboard.ts'
import { countMatches, expressionProblems } from '../../src/renderer/features/builder/model/condition.ts'
import * as edit from '../../src/renderer/features/builder/model/edit.ts'
import { gist } from '../../src/renderer/features/builder/model/gist.ts'
import {
  CARD,
  type Document,
  groupBox,
  nodeBox,
  noteKey,
  wireKey,
} from '../../src/renderer/features/builder/model/items.ts'
import { autoLayout } from '../../src/renderer/features/builder/model/layout.ts'
import { flowOrder, outlineOf } from '../../src/renderer/features/builder/model/outline.ts'
import { offersFor, portKey, refuseWire } from '../../src/renderer/features/builder/model/ports.ts'
import { failureOf, flowOf, nextSparks, runViews, widthOf } from '../../src/renderer/features/builder/model/run-view.ts'
import { staleness } from '../../src/renderer/features/builder/model/stale.ts'
import { addFrame, frameAt, startTape } from '../../src/renderer/features/builder/model/tape.ts'
import { documentText, emptyDocument, lineOfItem } from '../../src/renderer/features/builder/model/text.ts'
import { RunStore } from '../../src/renderer/features/builder/run-store.ts'
import { Session, shownText } from '../../src/renderer/features/builder/session.ts'
import { freePath } from '../../src/renderer/lib/document-names.ts'
import * as history from '../../src/renderer/lib/history.ts'

/** generator → stream → delivery → lake table → SPICE, made as a person makes it: one Enter after another. */
function chain(): Document {
  let document = emptyDocument('Web traffic')
  let selection: readonly string[] = []
  for (const kind of ['generator', 'stream', 'delivery', 'lake-table', 'spice']) {
    const edited = edit.insertNode(document, kind, selection)
    document = edited.document
    selection = edited.selection!
  }
  return document
}

const port = (node: string, name: string) => ({ node, port: name })

describe('editing', () => {
  test('Enter after Enter makes a wired pipeline whose nodes have names and cover nobody', () => {
    const document = chain()
    expect(document.wires.map((w) => `${w.from.node}>${w.to.node}`)).toEqual([
      'generator-1>stream-1',
      'stream-1>delivery-1',
      'delivery-1>lake-table-1',
      'lake-table-1>spice-1',
    ])
    for (const node of document.nodes) expect(nodeKind(node.kind)!.config.safeParse(node.config).error).toBeUndefined()
    expect(document.nodes[1].config.stream).toBe('web-traffic')
    for (const a of document.nodes)
      for (const b of document.nodes)
        if (a !== b) expect(Math.abs(a.position.x - b.position.x)).toBeGreaterThan(CARD.width)
  })

  test('a second node of a kind gets a name of its own, and shares the bucket', () => {
    const document = edit.insertNode(chain(), 'delivery', ['stream-1']).document
    const [first, second] = document.nodes.filter((n) => n.kind === 'delivery')
    expect(second.config.name).not.toBe(first.config.name)
    expect(second.config.bucket).toBe(first.config.bucket)
    expect(second.position.y).toBeGreaterThan(first.position.y)
  })

  test('inserting on a wire splices the node in; where it does not fit the wire stays', () => {
    const document = chain()
    const spliced = edit.insertNode(document, 'transform', [wireKey(document.wires[1].id)]).document
    expect(spliced.wires.map((w) => `${w.from.node}>${w.to.node}`)).toContain('stream-1>transform-1')
    expect(spliced.wires.map((w) => `${w.from.node}>${w.to.node}`)).toContain('transform-1>delivery-1')
    expect(spliced.wires).toHaveLength(5)
    const beside = edit.insertNode(document, 'dashboard', [wireKey(document.wires[1].id)]).document
    expect(beside.wires).toEqual(document.wires)
  })

  test('removing a node takes its wires and leaves groups without it', () => {
    const grouped = edit.groupNodes(chain(), ['stream-1', 'delivery-1'])!.document
    const { document } = edit.remove(grouped, ['stream-1'])
    expect(document.wires.some((w) => w.from.node === 'stream-1' || w.to.node === 'stream-1')).toBe(false)
    expect(document.groups[0].nodes).toEqual(['delivery-1'])
    expect(edit.remove(document, ['delivery-1']).document.groups).toEqual([])
  })

  test('a group moves its nodes, and its frame holds them', () => {
    const { document, selection } = edit.groupNodes(chain(), ['stream-1', 'delivery-1'])!
    const moved = edit.moveBy(document, selection!, { x: 80, y: -16 })
    const box = groupBox(moved, moved.groups[0])!
    for (const id of ['stream-1', 'delivery-1']) {
      const before = document.nodes.find((n) => n.id === id)!
      const after = moved.nodes.find((n) => n.id === id)!
      expect(after.position).toEqual({ x: before.position.x + 80, y: before.position.y - 16 })
      expect(after.position.x).toBeGreaterThan(box.x)
      expect(after.position.y + CARD.height).toBeLessThan(box.y + box.height)
    }
    expect(moved.nodes.find((n) => n.id === 'spice-1')).toBe(document.nodes.find((n) => n.id === 'spice-1'))
    expect(edit.ungroup(moved, ['stream-1']).groups).toEqual([])
  })

  test('whatever is edited stays a document that can be read, without loose wires', () => {
    const kinds = nodeKinds.map((k) => k.kind)
    const step = fc.oneof(
      fc.record({ do: fc.constant('insert' as const), kind: fc.constantFrom(...kinds), at: fc.nat() }),
      fc.record({ do: fc.constant('remove' as const), at: fc.nat() }),
      fc.record({ do: fc.constant('paste' as const), from: fc.nat(), to: fc.nat() }),
      fc.record({ do: fc.constant('group' as const), from: fc.nat(), to: fc.nat() }),
      fc.record({ do: fc.constant('connect' as const), from: fc.nat(), to: fc.nat() }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        let document = emptyDocument('Any')
        for (const s of steps) {
          const id = (n: number) => document.nodes[n % Math.max(1, document.nodes.length)]?.id
          const keys = (a: number, b: number) => [id(a), id(b)].filter((k) => k !== undefined)
          if (s.do === 'insert') document = edit.insertNode(document, s.kind, keys(s.at, s.at)).document
          else if (s.do === 'remove') document = edit.remove(document, keys(s.at, s.at)).document
          else if (s.do === 'paste') document = clipboard.duplicate(document, keys(s.from, s.to))?.document ?? document
          else if (s.do === 'group') document = edit.groupNodes(document, keys(s.from, s.to))?.document ?? document
          else if (id(s.from)) {
            const result = edit.connect(document, port(id(s.from), 'out'), port(id(s.to), 'in'))
            if ('document' in result) document = result.document
          }
        }
        expect(PipelineDocument.parse(JSON.parse(documentText(document)))).toEqual(document)
        const ids = document.nodes.map((n) => n.id)
        expect(new Set(ids).size).toBe(ids.length)
        expect(new Set(document.wires.map((w) => w.id)).size).toBe(document.wires.length)
        for (const w of document.wires) expect(ids).toEqual(expect.arrayContaining([w.from.node, w.to.node]))
        for (const g of document.groups) expect(ids).toEqual(expect.arrayContaining(g.nodes))
      }),
      { numRuns: 60 },
    )
  })
})

describe('wires', () => {
  test('each refusal says why, and what to put between', () => {
    const document = { ...chain(), wires: [] }
    const refused = (a: string, b: string) => refuseWire(document, port(a, 'out'), port(b, 'in'))
    expect(refused('generator-1', 'stream-1')).toBeNull()
    expect(refused('stream-1', 'lake-table-1')).toContain('Put a delivery stream between them')
    expect(refused('spice-1', 'lake-table-1')).toContain('this wire carries a data set')
    expect(refused('stream-1', 'stream-1')).toBe('A node cannot feed itself.')
  })

  test('a circle, a double and a second wire into a single port are refused', () => {
    const two = edit.insertNode(chain(), 'stream', ['stream-1']).document
    expect(refuseWire(two, port('stream-2', 'out'), port('stream-1', 'in'))).toContain('circle')
    expect(refuseWire(two, port('stream-1', 'out'), port('stream-2', 'in'))).toBe('Already wired.')
    const table = edit.addNode(two, 'lake-table', { x: 0, y: 900 }).document
    expect(refuseWire(table, port('lake-table-2', 'out'), port('spice-1', 'in'))).toContain('Takes one wire')
  })

  test('while a wire is drawn every port either accepts or has a reason', () => {
    const document = chain()
    const { accepting, refusals } = offersFor(document, port('generator-1', 'out'), 'out')
    expect([...accepting]).toEqual([portKey(port('delivery-1', 'in'), 'in')])
    expect(refusals.get(portKey(port('spice-1', 'in'), 'in'))).toContain('carries records')
    expect(refusals.get(portKey(port('stream-1', 'in'), 'in'))).toBe('Already wired.')
    const backwards = offersFor(document, port('lake-table-1', 'in'), 'in')
    expect(backwards.refusals.get(portKey(port('stream-1', 'out'), 'out'))).toContain('carries records')
  })
})

describe('undo', () => {
  test('250 steps back and forth lose nothing', () => {
    let h = history.startHistory(chain())
    const seen = [h.present]
    for (let i = 0; i < 250; i++) {
      h = history.record(h, edit.moveBy(h.present, ['stream-1'], { x: 8, y: 0 }), 'Move')
      seen.push(h.present)
    }
    for (let i = 249; i >= 0; i--) {
      h = history.undo(h)
      expect(h.present).toBe(seen[i])
    }
    expect(history.undo(h)).toBe(h)
    for (let i = 1; i <= 250; i++) h = history.redo(h)
    expect(h.present).toBe(seen[250])
  })

  test('a drag is one step, and a new edit ends what could be redone', () => {
    let h = history.startHistory(chain())
    const start = h.present
    for (let i = 0; i < 30; i++)
      h = history.record(h, edit.moveBy(h.present, ['stream-1'], { x: 8, y: 0 }), 'Move', 'drag')
    h = history.settle(h)
    h = history.record(h, edit.moveBy(h.present, ['stream-1'], { x: 8, y: 0 }), 'Move', 'drag')
    expect(h.past).toHaveLength(2)
    h = history.undo(history.undo(h))
    expect(h.present).toBe(start)
    h = history.record(h, edit.setTitle(h.present, 'stream-1', 'Clicks'), 'Rename')
    expect(h.future).toEqual([])
  })
})

describe('clipboard', () => {
  test('a copy keeps the wires inside it, under new ids, and goes through text', () => {
    const document = chain()
    const fragment = clipboard.copy(document, ['stream-1', 'delivery-1', wireKey('wire-1')])!
    expect(fragment.wires).toHaveLength(1)
    const read = clipboard.readFragment(clipboard.fragmentText(fragment))!
    const { document: pasted, selection } = clipboard.paste(document, read)
    expect(selection).toEqual(['stream-2', 'delivery-2'])
    expect(pasted.wires.at(-1)).toMatchObject({ from: { node: 'stream-2' }, to: { node: 'delivery-2' } })
    const again = clipboard.paste(pasted, read).document
    expect(new Set(again.nodes.map((n) => `${n.position.x},${n.position.y}`)).size).toBe(again.nodes.length)
  })

  test('other text in the clipboard is no pipeline', () => {
    expect(clipboard.readFragment('{"millrace":"pipeline-fragment","nodes":[{"id":"bad id"}]}')).toBeNull()
    expect(clipboard.readFragment('hello')).toBeNull()
    expect(clipboard.copy(chain(), [wireKey('wire-1')])).toBeNull()
  })
})

describe('layout and outline', () => {
  test('auto-layout puts every node right of those before it, none over another', () => {
    let document = chain()
    document = edit.insertNode(document, 'delivery', ['stream-1']).document
    document = { ...document, nodes: document.nodes.map((n) => ({ ...n, position: { x: 40, y: 40 } })) }
    const laid = edit.place(document, autoLayout(document))
    const at = new Map(laid.nodes.map((n) => [n.id, nodeBox(n)]))
    for (const w of laid.wires) expect(at.get(w.to.node)!.x).toBeGreaterThan(at.get(w.from.node)!.x + CARD.width)
    const boxes = [...at.values()]
    for (const [i, a] of boxes.entries())
      for (const b of boxes.slice(i + 1))
        expect(a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height).toBe(false)
    expect(Math.min(...boxes.map((b) => b.x))).toBe(40)
  })

  test('the outline follows the data, names each wire and lists notes', () => {
    const document = edit.addNote({ ...chain(), nodes: [...chain().nodes].reverse() }, { x: 0, y: 0 }).document
    expect(flowOrder(document).map((n) => n.kind)).toEqual(['generator', 'stream', 'delivery', 'lake-table', 'spice'])
    const outline = outlineOf(document)
    expect(outline[0].wires[0].label).toBe('to Data stream')
    expect(outline.at(-1)).toMatchObject({ key: noteKey('note-1'), label: 'Note: empty' })
  })
})

describe('faces and expressions', () => {
  test('a card says what tells it from others of its kind', () => {
    const face = (kind: string, config: object) => gist(nodeKind(kind)!.config, config as Record<string, unknown>)
    expect(face('stream', { stream: 'flights', shards: 4 })).toEqual(['flights', 'Provisioned'])
    expect(face('athena', { sql: 'SELECT *\n  FROM flights', outputTable: 'busy' })[0]).toBe('SELECT * FROM flights')
    expect(face('generator', {})).toEqual(['Clickstream'])
  })

  test('expressions are checked as they are typed, with the place', () => {
    expect(expressionProblems('delay > 15')).toEqual([])
    expect(expressionProblems('delay >')[0].at).toMatchObject({ line: 1 })
    expect(expressionProblems("dely > 15 AND origin = 'ATL'", ['delay', 'origin'])[0].message).toContain(
      'Did you mean delay?',
    )
    expect(countMatches('delay > 15', [{ delay: 20 }, { delay: 3 }, {}])).toBe(1)
    expect(countMatches('delay >', [])).toBeNull()
  })
})

function runState(overrides: Partial<RunState> = {}): RunState {
  const node = (id: string, more: object) => ({
    ...{ node: id, state: 'running' as const, rowsIn: 0, rowsOut: 0, bytesIn: 0, bytesOut: 0, rowsFiltered: 0 },
    ...{ rowsFailed: 0, rateIn: 0, rateOut: 0, progress: null, etaMs: null },
    ...more,
  })
  return {
    ...{
      runId: 'r1',
      pipeline: 'pipelines/a.json',
      state: 'running',
      startedMs: 0,
      clockMs: 0,
      accounts: [],
      warnings: [],
    },
    ...{ athenaBytesScanned: 0, costUsd: null, rows: 9000, progress: 0.25, etaMs: 3000 },
    nodes: [
      node('generator-1', { rateOut: 900, rowsOut: 9000, progress: 0.25, etaMs: 3000 }),
      node('stream-1', { rateIn: 900, rateOut: 100 }),
      node('delivery-1', { rateIn: 100, state: 'running' }),
    ],
    wires: [
      { wire: 'wire-1', rows: 9000, bytes: 1, rate: 900, pressure: 0.1, paused: false },
      { wire: 'wire-2', rows: 100, bytes: 1, rate: 100, pressure: 0.92, paused: false },
      { wire: 'wire-3', rows: 0, bytes: 0, rate: 0, pressure: 0, paused: true },
    ],
    ...overrides,
  }
}

describe('what a run shows', () => {
  test('wires thicken by tenfold and colour by pressure; the node that holds them up is named', () => {
    expect([flowOf(0, 0), flowOf(5, 0.49), flowOf(5, 0.5), flowOf(0, 0.8)]).toEqual([
      'still',
      'flowing',
      'slowed',
      'blocked',
    ])
    const steps = [0, 10, 100, 1000, 1e4, 1e5].map(widthOf)
    for (let i = 1; i < steps.length; i++) expect(steps[i]).toBeGreaterThan(steps[i - 1])
    expect(widthOf(1e12)).toBe(8)
    const { nodes, wires } = runViews(runState(), chain(), new Map())
    expect(wires.get('wire-2')).toMatchObject({ flow: 'blocked', paused: false })
    expect(nodes.get('delivery-1')).toMatchObject({ bottleneck: true, flow: 'blocked' })
    expect(nodes.get('stream-1')!.bottleneck).toBe(false)
  })

  test('sparklines grow and stay short', () => {
    let sparks = nextSparks(new Map(), runState())
    for (let i = 0; i < 100; i++) sparks = nextSparks(sparks, runState())
    expect(sparks.get('generator-1')).toHaveLength(48)
  })

  test('a failure is found at its node before the run itself', () => {
    const error = { code: 'X', message: 'm', domain: 'user' as const, retry: false }
    const failed = runState({ state: 'failed', error })
    expect(failureOf(failed)).toEqual({ node: null, error })
    failed.nodes[1] = { ...failed.nodes[1], state: 'failed', error: { ...error, code: 'Y' } }
    expect(failureOf(failed)).toMatchObject({ node: 'stream-1', error: { code: 'Y' } })
  })

  test('a node that tries again warns until that has passed, and one whose rows all failed does so at its end', () => {
    const warnings = (change: Partial<RunState['nodes'][number]>) => {
      const run = runState()
      const nodes = run.nodes.map((node) => (node.node === 'delivery-1' ? { ...node, ...change } : node))
      return runWarnings({ ...run, nodes }, (id) => `The ${id}`)
    }
    expect(warnings({ warning: 'The specified bucket does not exist', rowsIn: 50, rowsFailed: 50 })).toEqual([
      { node: 'delivery-1', message: 'The delivery-1 tries again: The specified bucket does not exist' },
    ])
    expect(warnings({ rowsIn: 50, rowsFailed: 49, state: 'done' })).toEqual([])
    const [failed] = warnings({ rowsIn: 50, rowsFailed: 50, state: 'done' })
    expect(failed.message).toBe('100 % of the rows failed at The delivery-1')
  })

  test('warnings that stay the same are not drawn again', () => {
    const runs = new RunStore()
    const shown = () => runs.store.getState().warnings
    const warning = () => ({ node: 'delivery-1', message: 'tries again' })
    runs.take(runState({ warnings: [warning()] }), 0, 0)
    const first = shown()
    runs.take(runState({ warnings: [warning()] }), 250, 250)
    expect(shown()).toBe(first)
    runs.take(runState(), 500, 500)
    expect(shown()).toEqual([])
  })

  test('of a run that was going before it was watched the beginning is unknown, and nothing is drawn there', () => {
    const runs = new RunStore()
    runs.setDocument(chain())
    const done = runState({ startedMs: 10_000 })
    done.nodes[0] = { ...done.nodes[0], state: 'done' }
    runs.take(done, 500, 70_000)
    runs.take(done, 1500, 71_000)
    const tape = runs.store.getState().tape!
    expect(tape.unseenMs).toBe(60_000)
    expect(tape.spans.get('generator-1')).toEqual([{ state: 'done', fromMs: 60_000, toMs: 61_000 }])
    runs.scrub(5)
    expect(runs.store.getState().scrubMs).toBe(60_000)
    expect(startTape(runState(), 0, 900).unseenMs).toBe(0)
  })

  test('a run of an hour can be scrubbed from its start to its end', () => {
    let tape = startTape(runState(), 1000)
    for (let i = 1; i <= 14_400; i++) {
      const state = runState({ clockMs: i })
      if (i > 100) state.nodes[0] = { ...state.nodes[0], state: 'done' }
      tape = addFrame(tape, state, 1000 + i * 250)
    }
    expect(tape.frames.length).toBeLessThanOrEqual(1200)
    expect(frameAt(tape, 0)!.run.clockMs).toBe(0)
    expect(frameAt(tape, 1e9)!.run.clockMs).toBe(14_400)
    expect(tape.spans.get('generator-1')).toEqual([
      { state: 'running', fromMs: 0, toMs: 101 * 250 },
      { state: 'done', fromMs: 101 * 250, toMs: 14_400 * 250 },
    ])
  })
})

describe('which version of the document a result belongs to', () => {
  const ran = (document: Document) => {
    const marks = fingerprints(document)
    const [node] = runState().nodes
    return { nodes: document.nodes.map(({ id }) => ({ ...node, node: id, fingerprint: marks.get(id) })) }
  }
  const set = (document: Document, id: string, config: Record<string, unknown>) => ({
    ...document,
    nodes: document.nodes.map((n) => (n.id === id ? { ...n, config: { ...n.config, ...config } } : n)),
  })

  test('a changed setting makes the node and all behind it stale, and undoing it makes them fresh', () => {
    const before = chain()
    const run = ran(before)
    expect(staleness(run, before)).toMatchObject({ changes: 0, nodes: new Set() })
    let past = history.startHistory(before)
    past = history.record(past, set(before, 'delivery-1', { bufferSeconds: 10 }), 'Change setting')
    expect(staleness(run, past.present)).toEqual({
      changes: 1,
      nodes: new Set(['delivery-1', 'lake-table-1', 'spice-1']),
    })
    expect(staleness(run, history.undo(past).present).changes).toBe(0)
  })

  test('places, titles and a default written out change nothing; wires and the seed do', () => {
    const before = chain()
    const run = ran(before)
    const moved = edit.setTitle(edit.moveBy(before, ['stream-1'], { x: 80, y: 0 }), 'stream-1', 'Renamed')
    expect(staleness(run, set(moved, 'generator-1', { skew: 1 })).changes).toBe(0)
    expect(staleness(run, { ...before, run: { ...before.run, seed: 'other' } }).nodes.size).toBe(5)
    const without = edit.remove(before, ['stream-1'])
    expect(staleness(run, 'document' in without ? without.document : without).nodes).toEqual(
      new Set(['delivery-1', 'lake-table-1', 'spice-1']),
    )
    const longer = edit.insertNode(before, 'transform', ['wire:wire-1']).document
    expect(staleness(run, longer)).toMatchObject({ changes: 1 })
  })

  test('a run from before fingerprints were kept is never called stale', () => {
    expect(staleness(runState(), chain()).changes).toBe(0)
  })
})

test('files get paths of their own, and the text view finds a node', () => {
  expect(freePath('pipelines', 'Web Traffic!', ['pipelines/web-traffic.json'])).toBe('pipelines/web-traffic-2.json')
  const text = documentText(chain())
  expect(text.split('\n')[lineOfItem(text, 'nodes', 'delivery-1')! - 1]).toContain('delivery-1')
})

describe('a session', () => {
  const path = 'pipelines/a.json'

  /** A workspace of one file, with the engine's own words for a lost race. */
  function fakeFile(text: string) {
    const file = { text, revision: 'r1' }
    const workspace = {
      readDocument: async () => ({ path, ...file }),
      writeDocument: async (input: { text: string; revision?: string }) => {
        if (input.revision !== undefined && input.revision !== file.revision)
          throw new EngineError('Conflict', 'The file has changed since it was read.')
        file.text = input.text
        file.revision = `r${Number(file.revision.slice(1)) + 1}`
        return { path, ...file }
      },
    }
    return { file, clients: { workspace } as unknown as Clients }
  }

  test('saving, undoing past the save and saving again tell dirty from clean', async () => {
    const { file, clients } = fakeFile(documentText(chain()))
    const session = new Session(path, clients)
    await session.load()
    expect(session.dirty).toBe(false)
    session.apply('Rename', (d) => edit.setTitle(d, 'stream-1', 'Clicks'))
    expect(session.dirty).toBe(true)
    await session.save()
    expect(session.dirty).toBe(false)
    expect(JSON.parse(file.text).nodes[1].title).toBe('Clicks')
    session.undo()
    expect(session.dirty).toBe(true)
    session.redo()
    expect(session.dirty).toBe(false)
  })

  test('a change on disk is taken when nothing is lost by it, and is a conflict otherwise', async () => {
    const { file, clients } = fakeFile(documentText(chain()))
    const session = new Session(path, clients)
    await session.load()
    const write = (name: string) =>
      Object.assign(file, { text: documentText({ ...chain(), name }), revision: `r${name.length + 10}` })
    write('Changed outside')
    await session.noticeChange()
    expect(session.document?.name).toBe('Changed outside')
    session.apply('Rename', (d) => edit.setTitle(d, 'stream-1', 'Mine'))
    write('Changed again')
    expect(await session.save()).toBe(false)
    expect(session.state.conflict).toBe(true)
    expect(session.document?.nodes[1].title).toBe('Mine')
    expect(await session.save({ overwrite: true })).toBe(true)
    expect(JSON.parse(file.text).nodes[1].title).toBe('Mine')
  })

  test('a damaged file shows where, and becomes a pipeline once its text is mended', async () => {
    const text = documentText(chain())
    const { file, clients } = fakeFile(text.replace('"wires": [', '"wires": [,'))
    const session = new Session(path, clients)
    await session.load()
    expect(session.state.phase).toBe('damaged')
    expect(session.state.error?.at?.line).toBe(text.split('\n').findIndex((l) => l.includes('"wires"')) + 1)
    session.writeText(file.text)
    await expect(session.save()).rejects.toThrow('not valid JSON')
    session.writeText(text)
    expect(session.state.phase).toBe('ready')
    expect(session.dirty).toBe(true)
    await session.save()
    expect(session.dirty).toBe(false)
    expect(file.text).toBe(text)
  })

  test('text and canvas follow each other; the text of the hand is what is saved', async () => {
    const { file, clients } = fakeFile(documentText(chain()))
    const session = new Session(path, clients)
    await session.load()
    const compact = JSON.stringify({ ...chain(), name: 'By hand' })
    session.writeText(compact)
    expect(session.document?.name).toBe('By hand')
    await session.save()
    expect(file.text).toBe(compact)
    session.writeText('{')
    expect(session.state.draftError?.message).toContain('line 1')
    expect(session.document?.name).toBe('By hand')
    session.apply('Rename', (d) => edit.setTitle(d, 'stream-1', 'Clicks'))
    expect(session.state.draftError).toBeNull()
    expect(shownText(session.state)).toContain('"Clicks"')
  })
})
