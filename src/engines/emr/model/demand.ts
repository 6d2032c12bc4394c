import type { Resources } from '../contract.ts'

/** What Spark adds to a driver's heap (spark.driver.memoryOverhead). */
const OVERHEAD_SHARE = 0.1
const OVERHEAD_MIB_MIN = 384
const MIB_PER_UNIT: Readonly<Record<string, number>> = { '': 1, m: 1, g: 1024, t: 1024 * 1024 }

/**
 * What a step's process takes of its node: an equal part for each step that may run at once, and more memory where `--driver-memory` of its command
 * needs that.
 */
export function demandOf(command: readonly string[], node: Resources, concurrency: number): Resources {
  const memoryMiB = Math.max(Math.floor(node.memoryMiB / concurrency), driverMiB(command))
  return { vcpus: node.vcpus / concurrency, memoryMiB }
}

/** Whether that is free of a node, beside what others take of it. */
export function hasRoom(node: Resources, taken: readonly Resources[], { vcpus, memoryMiB }: Resources): boolean {
  const memory = taken.reduce((sum, each) => sum + each.memoryMiB, memoryMiB)
  const cores = taken.reduce((sum, each) => sum + each.vcpus, vcpus)
  // Thirds of a core do not add up to a whole one.
  return memory <= node.memoryMiB && cores <= node.vcpus * 1.000_001
}

/** Of a command that names no memory 0. */
function driverMiB(command: readonly string[]): number {
  const at = command.findIndex((word) => word === '--driver-memory' || word.startsWith('--driver-memory='))
  const given = at < 0 ? undefined : (command[at].split('=')[1] ?? command[at + 1])
  const [, number, unit = ''] = /^(\d+)([mgt]?)b?$/i.exec(given ?? '') ?? []
  if (number === undefined) return 0
  const heapMiB = Number(number) * MIB_PER_UNIT[unit.toLowerCase()]
  return Math.ceil(heapMiB + Math.max(heapMiB * OVERHEAD_SHARE, OVERHEAD_MIB_MIN))
}
