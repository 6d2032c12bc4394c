import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ComputeEnvironment, Job, JobQueue, Span } from '../../src/engines/batch/contract.ts'
import { costOf } from '../../src/renderer/features/batch/cost.ts'
import { stack } from '../../src/renderer/features/batch/picture/cells.ts'
import { familyOf, layersOf } from '../../src/renderer/features/batch/picture/layers.ts'
import { whyWaiting } from '../../src/renderer/features/batch/states.ts'
import { wordsOf, wordsText } from '../../src/renderer/lib/fields.tsx'

const span = (startedMs: number, stoppedMs: number, vcpus = 1): Span => ({
  jobId: `${startedMs}`,
  name: 'j',
  queue: 'q',
  attempt: 1,
  environment: 'e',
  vcpus,
  memoryMiB: 1024,
  startedMs,
  stoppedMs,
})

const job = (id: string, more: Partial<Job> = {}): Job => ({
  id,
  name: id,
  queue: 'q',
  definition: 'd:1',
  status: 'RUNNABLE',
  createdMs: id.charCodeAt(0),
  container: { image: 'i', command: [], vcpus: 1, memoryMiB: 64, environment: {} },
  parameters: {},
  retry: { attempts: 1, evaluateOnExit: [] },
  schedulingPriority: 0,
  dependsOn: [],
  attempts: [],
  tags: {},
  propagateTags: false,
  cancelled: false,
  terminated: false,
  ...more,
})

describe('attempts against capacity', () => {
  it('are stacked as high as what is used at each moment, and never over each other', () => {
    const list = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 30 }), fc.constantFrom(0.25, 1, 2, 3)),
      { maxLength: 30 },
    )
    fc.assert(
      fc.property(list, (drawn) => {
        const spans = drawn.map(([from, lasts, vcpus], i) => ({ ...span(from, from + lasts, vcpus), jobId: `${i}` }))
        const blocks = stack(spans, 100)
        for (let ms = 0; ms < 100; ms++) {
          const now = blocks.filter((block) => block.span.startedMs <= ms && block.span.stoppedMs! > ms)
          const used = spans.filter(({ startedMs, stoppedMs }) => startedMs <= ms && stoppedMs! > ms)
          const height = now.reduce((sum, { from, to }) => sum + to - from, 0)
          expect(height).toBeCloseTo(used.reduce((sum, { vcpus }) => sum + vcpus, 0))
          const sorted = now.sort((a, b) => a.from - b.from)
          for (let i = 1; i < sorted.length; i++) expect(sorted[i].from).toBeGreaterThanOrEqual(sorted[i - 1].to)
        }
      }),
    )
  })

  it('cost what their vCPUs cost for as long as they ran', () => {
    const item = (usd: number) => ({ usd, per: 1, what: '' })
    const prices = {
      asOf: '',
      region: '',
      items: {
        'batch.ec2VcpuHour': item(0.05),
        'batch.fargateVcpuHour': item(0.04),
        'batch.fargateGibHour': item(0.01),
      },
    }
    const of = (kind: ComputeEnvironment['kind']) => [{ name: 'e', kind }] as ComputeEnvironment[]
    const hour = [span(0, 3_600_000, 2)]
    expect(costOf(hour, { environments: of('EC2'), prices, nowMs: 0 })).toBeCloseTo(0.1)
    expect(costOf(hour, { environments: of('FARGATE'), prices, nowMs: 0 })).toBeCloseTo(0.09)
    expect(costOf(hour, { environments: of('UNMANAGED'), prices, nowMs: 0 })).toBe(0)
  })
})

describe('dependencies', () => {
  it('go from left to right, and a family has all that are tied to a job', () => {
    const behind = (id: string, ...needed: string[]) => job(id, { dependsOn: needed.map((jobId) => ({ jobId })) })
    const jobs = [job('a'), behind('b', 'a'), behind('c', 'a', 'b'), job('x'), behind('y', 'x'), job('z')]
    const { nodes, edges } = layersOf(jobs)
    expect(nodes.map((node) => [node.job.id, node.layer])).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
      ['x', 0],
      ['y', 1],
    ])
    expect(edges).toHaveLength(4)
    expect(familyOf(jobs, 'b').map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  })
})

describe('a job that waits', () => {
  const queue = { name: 'q', environments: ['e'] } as JobQueue
  const environment = (used: number) =>
    ({
      name: 'e',
      enabled: true,
      maxVcpus: 4,
      memoryMiB: 4096,
      largestJob: { vcpus: 4, memoryMiB: 4096 },
      used: { vcpus: used, memoryMiB: 0, jobs: 0 },
    }) as ComputeEnvironment

  it('says for what', () => {
    const [first, second] = [job('a', { container: { ...job('a').container, vcpus: 3 } }), job('b')]
    const known = { queue, environments: [environment(2)], front: [first, second] }
    expect(whyWaiting(first, known)).toBe('Next, and needs 3 vCPUs: 2 free')
    expect(whyWaiting(second, known)).toBe('1 before it')
    expect(whyWaiting(job('c', { status: 'PENDING', dependsOn: [{ jobId: 'a' }] }), known)).toBe(
      'Waits for 1 job to succeed',
    )
    expect(whyWaiting(job('d', { statusReason: 'MISCONFIGURATION:X - Too large.' }), known)).toBe('Too large.')
    expect(whyWaiting(job('e', { status: 'RUNNING' }), known)).toBeNull()
  })
})

it('a command is parted into words as a shell would, and written so again', () => {
  expect(wordsOf(`sh -c 'echo "it is"; ls' "a\\"b" c''d`)).toEqual(['sh', '-c', 'echo "it is"; ls', 'a"b', 'cd'])
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 })), (words) => {
      expect(wordsOf(wordsText(words))).toEqual(words)
    }),
  )
})
