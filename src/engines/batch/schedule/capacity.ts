import type { ComputeEnvironment } from '../contract.ts'
import { clientError } from '../errors.ts'

export interface Size {
  readonly vcpus: number
  readonly memoryMiB: number
}

/** GiB for each vCPU of an instance family, and its largest size in vCPUs (Amazon EC2 instance types). */
const FAMILIES: Readonly<Record<string, readonly [gibPerVcpu: number, largest: number]>> = {
  c4: [1.875, 36],
  c5: [2, 96],
  c6g: [2, 64],
  c6i: [2, 128],
  c7g: [2, 64],
  c7i: [2, 192],
  m4: [4, 64],
  m5: [4, 96],
  m6g: [4, 64],
  m6i: [4, 128],
  m7g: [4, 64],
  m7i: [4, 192],
  r4: [7.625, 64],
  r5: [8, 96],
  r6g: [8, 64],
  r6i: [8, 128],
  r7g: [8, 64],
  r7i: [8, 192],
}
const SIZES: Readonly<Record<string, number>> = { medium: 1, large: 2, xlarge: 4 }
/** "optimal" takes instances of the families C4, M4 and R4, or their newer ones. */
const OPTIMAL = ['c5', 'm5', 'r5']

const FARGATE_VCPUS_MAX = 16
const FARGATE_GIB_PER_VCPU = 8
const MIB_PER_GIB = 1024

/** An instance that an environment may start, the largest of a family where only that is named. */
function instance(type: string): Size[] {
  if (type === 'optimal') return OPTIMAL.flatMap(instance)
  const [family, size] = type.split('.')
  const known = FAMILIES[family]
  if (!known) throw clientError(`Instance type ${type} is not supported by Millrace.`, 'instanceTypes')
  const [gibPerVcpu, largest] = known
  const vcpus = size === undefined || size === 'metal' ? largest : vcpusOf(size)
  if (vcpus === undefined || vcpus > largest)
    throw clientError(`Specified instance type does not exist: ${type}`, 'instanceTypes')
  return [{ vcpus, memoryMiB: vcpus * gibPerVcpu * MIB_PER_GIB }]
}

function vcpusOf(size: string): number | undefined {
  const times = /^(\d+)xlarge$/.exec(size)
  return times ? Number(times[1]) * SIZES.xlarge : SIZES[size]
}

/**
 * What an environment can hold, and the largest job among it. Instances are not modelled one by one: an environment has its vCPUs, with the
 * memory that its most generous instance type has for each, and a job must fit one instance.
 */
export function capacityOf(
  { kind, maxVcpus, instanceTypes }: Pick<ComputeEnvironment, 'kind' | 'maxVcpus' | 'instanceTypes'>,
  machine: Size,
): { memoryMiB: number; largestJob: Size } {
  if (kind === 'UNMANAGED') return { memoryMiB: machine.memoryMiB, largestJob: machine }
  if (kind === 'FARGATE' || kind === 'FARGATE_SPOT') {
    const perVcpu = FARGATE_GIB_PER_VCPU * MIB_PER_GIB
    const vcpus = Math.min(FARGATE_VCPUS_MAX, maxVcpus)
    return { memoryMiB: maxVcpus * perVcpu, largestJob: { vcpus, memoryMiB: FARGATE_VCPUS_MAX * perVcpu } }
  }
  const instances = (instanceTypes.length > 0 ? instanceTypes : ['optimal']).flatMap(instance)
  const perVcpu = Math.max(...instances.map(({ vcpus, memoryMiB }) => memoryMiB / vcpus))
  return {
    memoryMiB: maxVcpus * perVcpu,
    largestJob: {
      vcpus: Math.min(maxVcpus, Math.max(...instances.map(({ vcpus }) => vcpus))),
      memoryMiB: Math.min(maxVcpus * perVcpu, Math.max(...instances.map(({ memoryMiB }) => memoryMiB))),
    },
  }
}
