import type { AwsRequest } from '../../../engines/gate/contract.ts'

/** One operation of one service over the requests kept. */
export interface OperationRow {
  readonly key: string
  readonly service: string
  readonly operation: string
  readonly count: number
  readonly errors: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly bytes: number
  readonly lastMs: number
  readonly lastError: string | null
}

/** Groups requests by operation. Percentiles are by nearest rank over what is kept. */
export function byOperation(requests: readonly AwsRequest[]): OperationRow[] {
  const groups = new Map<string, AwsRequest[]>()
  for (const request of requests) {
    const key = `${request.service}.${request.operation}`
    const group = groups.get(key)
    if (group) group.push(request)
    else groups.set(key, [request])
  }
  return [...groups].map(([key, group]) => {
    const durations = group.map((request) => request.durationMs).sort((a, b) => a - b)
    const rank = (share: number) => durations[Math.max(0, Math.ceil(share * durations.length) - 1)]
    const failed = group.filter((request) => request.status >= 400)
    return {
      key,
      service: group[0].service,
      operation: group[0].operation,
      count: group.length,
      errors: failed.length,
      p50Ms: rank(0.5),
      p99Ms: rank(0.99),
      bytes: group.reduce((sum, request) => sum + request.requestBytes + request.responseBytes, 0),
      lastMs: group.reduce((last, request) => Math.max(last, request.timeMs), 0),
      lastError: failed.at(-1)?.errorCode ?? null,
    }
  })
}
