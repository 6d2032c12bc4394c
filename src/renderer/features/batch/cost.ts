import type { ComputeEnvironment, Span } from '../../../engines/batch/contract.ts'
import { type PriceTable, priceOf } from '../../../engines/kit/pure/prices.ts'

const ITEMS = {
  EC2: ['batch.ec2VcpuHour', null],
  SPOT: ['batch.spotVcpuHour', null],
  FARGATE: ['batch.fargateVcpuHour', 'batch.fargateGibHour'],
  FARGATE_SPOT: ['batch.fargateSpotVcpuHour', 'batch.fargateSpotGibHour'],
} as const
const HOUR_MS = 3_600_000
const MIB_PER_GIB = 1024

/**
 * What attempts would cost on AWS, in US dollars: their vCPUs (and on Fargate their memory) for as long as they ran. Batch itself is free, and an
 * instance that stands idle is not counted, so it is an estimate from below. Attempts in unmanaged environments cost what their owner pays.
 */
export function costOf(
  spans: readonly Span[],
  { environments, prices, nowMs }: { environments: readonly ComputeEnvironment[]; prices: PriceTable; nowMs: number },
): number {
  const kinds = new Map(environments.map(({ name, kind }) => [name, kind]))
  return spans.reduce((sum, { environment = '', vcpus, memoryMiB, startedMs, stoppedMs = nowMs }) => {
    const kind = kinds.get(environment)
    if (kind === undefined || kind === 'UNMANAGED') return sum
    const hours = Math.max(0, stoppedMs - startedMs) / HOUR_MS
    const [vcpu, gib] = ITEMS[kind]
    const memory = gib === null ? 0 : (priceOf(prices, gib, (hours * memoryMiB) / MIB_PER_GIB) ?? 0)
    return sum + (priceOf(prices, vcpu, hours * vcpus) ?? 0) + memory
  }, 0)
}
