import { type PriceTable, priceOf } from '../../kit/pure/prices.ts'
import type { Cluster } from '../contract.ts'
import { invalid } from '../errors.ts'

export interface InstanceType {
  readonly type: string
  readonly family: string
  readonly vcpus: number
  readonly memoryMiB: number
}

const MIB_PER_GIB = 1024
export const YARN_MEMORY = 'yarn.nodemanager.resource.memory-mb'
/** GiB for each vCPU, and the largest size in vCPUs, of the families that the price table has (Amazon EC2 instance types). */
const FAMILIES: Readonly<Record<string, readonly [gibPerVcpu: number, largest: number]>> = {
  c5: [2, 96],
  c6g: [2, 64],
  c6i: [2, 128],
  m5: [4, 96],
  m6g: [4, 64],
  m6i: [4, 128],
  r5: [8, 96],
  r6g: [8, 64],
  r6i: [8, 128],
}
const SIZES = [4, 8, 16, 32, 48, 64, 96, 128]

/** Sizes from xlarge on, as EMR takes them. */
export function instanceType(type: string): InstanceType {
  const [family, size = ''] = type.split('.')
  const [gibPerVcpu, largest] = FAMILIES[family] ?? [0, 0]
  const vcpus = 4 * Number(/^(\d*)xlarge$/.exec(size)?.[1].replace(/^$/, '1') ?? 0)
  if (!SIZES.includes(vcpus) || vcpus > largest)
    throw invalid(
      `Instance type '${type}' is not supported. Millrace knows sizes from xlarge on of ${Object.keys(FAMILIES).join(', ')}.`,
      'InstanceType',
    )
  return { type, family, vcpus, memoryMiB: vcpus * gibPerVcpu * MIB_PER_GIB }
}

export function allInstanceTypes(): InstanceType[] {
  return Object.entries(FAMILIES).flatMap(([family, [, largest]]) =>
    SIZES.filter((vcpus) => vcpus <= largest).map((vcpus) =>
      instanceType(`${family}.${vcpus === 4 ? '' : vcpus / 4}xlarge`),
    ),
  )
}

/** What YARN has of an instance: three quarters of its memory unless yarn-site says how much, and a container for each vCPU. */
export function yarnOf({ vcpus, memoryMiB }: InstanceType, { configurations }: Pick<Cluster, 'configurations'>) {
  const site = configurations.find(({ classification }) => classification === 'yarn-site')?.properties
  const configured = Number(site?.[YARN_MEMORY] ?? Number.POSITIVE_INFINITY)
  return { containers: vcpus, memoryMiB: Math.min(configured, Math.floor(memoryMiB * 0.75)) }
}

/** US dollars an hour, on demand; `emr` is what EMR adds to it. */
export function hourlyUsd(type: string, prices: PriceTable): { ec2: number; emr: number } {
  const { family, vcpus } = instanceType(type)
  return {
    ec2: priceOf(prices, `ec2.${family}.vcpuHour`, vcpus) ?? 0,
    emr: priceOf(prices, `emr.${family}.vcpuHour`, vcpus) ?? 0,
  }
}

/** A vCPU's share of the hours that EMR normalizes by size: an xlarge counts 8 (EMR API, "NormalizedInstanceHours"). */
export const normalizedUnits = (type: string): number => instanceType(type).vcpus * 2
