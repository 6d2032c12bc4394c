import { useCall, useFeed } from '../../lib/index.ts'

/** Rises with every change of a job or of what jobs need, so that what shows one asks again. */
export function useTurn(): number {
  return useFeed((clients, signal) => clients.batch.pulse({}, { signal }), [], {
    initial: 0,
    fold: (_before: number, { turn }: { turn: number }) => turn,
    maxPerSecond: 2,
  }).data
}

export function useLibrary(turn: number) {
  return useCall(
    async ({ batch }, signal) => {
      const [queues, environments, registered, policies, counts] = await Promise.all([
        batch.listQueues({}, { signal }),
        batch.listEnvironments({}, { signal }),
        batch.listDefinitions({}, { signal }),
        batch.listPolicies({}, { signal }),
        batch.countJobs({}, { signal }),
      ])
      // Those that were deregistered are kept for the jobs that they made.
      const definitions = registered.filter(({ active }) => active)
      return { queues, environments, definitions, policies, counts }
    },
    [turn],
  )
}
export type Library = NonNullable<ReturnType<typeof useLibrary>['data']>
