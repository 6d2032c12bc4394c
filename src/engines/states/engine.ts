import { defineEngine } from '../define.ts'
import { Trust } from '../kit/node/code-trust.ts'
import { realTime } from '../kit/node/real-time.ts'
import { Broadcast } from '../kit/pure/broadcast.ts'
import { Jsonata } from './asl/jsonata.ts'
import type { Json } from './asl/types.ts'
import type { Execution, HistoryEvent } from './contract.ts'
import { fail, noExecution, PAYLOAD_BYTES_MAX } from './errors.ts'
import { Executions, requirePayload } from './executions.ts'
import { Integrations } from './integrations/integrations.ts'
import { Library } from './library.ts'
import { StatesStore } from './store.ts'
import { testState } from './test-state.ts'

/** "Execution history … is retained for 90 days" after its end. */
const KEPT_MS = 90 * 24 * 3600 * 1000
/** GetActivityTask: "the service holds the HTTP connection open … up to 60 seconds". */
const POLL_MS = 60_000
const EVENTS_AT_ONCE = 500

export const engine = defineEngine({
  name: 'states',
  needs: ['gate', 'workspace'],
  async start({ clients, clock, random, log, directory }) {
    const store = new StatesStore(directory)
    store.forget(clock.now() - KEPT_MS)
    const integrations = new Integrations(clients.gate)
    const machines = new Broadcast<{ name: string }>(({ name }) => name)
    const library = new Library({
      store,
      integrations,
      random,
      now: () => clock.now(),
      onMachine: (name) => machines.announce({ name }),
    })
    const jsonata = new Jsonata()
    const changes = new Broadcast<Execution>(({ arn }) => arn)
    const executions = new Executions({
      context: { clock, random, log },
      store,
      integrations,
      jsonata,
      onChange: (execution) => execution.mapRun === undefined && changes.announce(execution),
      onActivity: () => executions.changed.wake(),
    })
    const stopping = new AbortController()
    const trust = new Trust({ clients, withheld: 'state machines do not go on' })
    const trusted = clock.task((task) => trust.wait(task, stopping.signal, () => {}))
    const resumed = trusted.then((given) => {
      if (given) executions.resume()
    })
    resumed.catch((thrown) => log.error('Executions could not be taken up', thrown))

    const found = (arn: string): Execution => {
      const execution = executions.find(arn)
      if (!execution) throw noExecution(arn)
      return execution
    }

    async function* watch(arn: string, signal: AbortSignal): AsyncGenerator<HistoryEvent[]> {
      found(arn)
      for (let last = 0; !signal.aborted && !stopping.signal.aborted; ) {
        const waited = executions.changed.wait(signal)
        const events = store.history(arn, last, false, EVENTS_AT_ONCE)
        if (events.length > 0) {
          last = events.at(-1)!.id
          yield events
        } else if (found(arn).status !== 'RUNNING') return
        else await waited
      }
    }

    return {
      handlers: {
        createMachine: (input) => library.create(input),
        updateMachine: ({ machineArn, ...change }) => library.update(machineArn, change),
        deleteMachine: ({ machineArn }) => {
          library.delete(machineArn)
          return {}
        },
        describeMachine: ({ machineArn }) => library.choose(machineArn).machine,
        listMachines: () => library.machines(),
        watchMachines: (_input, { signal }) => machines.watch(signal),
        validate: ({ definition, type }) => library.validate(definition, type),
        testState: async (input, { signal }) => {
          await trust.require()
          requirePayload(input.input)
          requirePayload(input.variables)
          const validate = (definition: string) => library.validate(definition, 'STANDARD')
          return testState({ context: { clock, random }, integrations, jsonata, validate }, input, signal)
        },
        publishVersion: ({ machineArn, description, revisionId }) =>
          library.publish(machineArn, description, revisionId),
        deleteVersion: ({ machineArn }) => {
          library.deleteVersion(machineArn)
          return {}
        },
        listVersions: ({ machineArn }) => library.versions(machineArn),
        createAlias: ({ machineArn, name, description, routing }) =>
          library.createAlias(machineArn, name, description, routing),
        updateAlias: ({ machineArn, ...change }) => library.updateAlias(machineArn, change),
        deleteAlias: ({ machineArn }) => {
          library.deleteAlias(machineArn)
          return {}
        },
        listAliases: ({ machineArn }) => library.aliases(machineArn),

        start: async ({ machineArn, name, input }) => {
          const { arn, startedMs } = await executions.start(library.choose(machineArn), name, input)
          return { executionArn: arn, startedMs }
        },
        startSync: async ({ machineArn, name, input }, { signal }) => {
          const chosen = library.choose(machineArn)
          if (chosen.machine.type !== 'EXPRESS')
            throw fail('StateMachineTypeNotSupported', 'This operation is not supported by this type of state machine')
          const { arn } = await executions.start(chosen, name, input)
          while (found(arn).status === 'RUNNING' && !signal.aborted) await executions.changed.wait(signal)
          return found(arn)
        },
        describe: ({ executionArn }) => found(executionArn),
        describeMachineOf: ({ executionArn }) => {
          found(executionArn)
          return store.machineOf(executionArn)!
        },
        list: ({ machineArn, mapRunArn, limit, ...filter }) => {
          const { status, redriven, start } = filter
          const executionsFound = store.list({
            ...(machineArn !== undefined && { machineArn: library.machine(machineArn).arn }),
            ...(mapRunArn !== undefined && { mapRunArn: executions.maps.find(mapRunArn).arn }),
            ...(status !== undefined && { status }),
            ...(redriven !== undefined && { redriven }),
            start,
            limit: limit + 1,
          })
          return { executions: executionsFound.slice(0, limit), more: executionsFound.length > limit }
        },
        history: ({ executionArn, after, reverse, limit }) => {
          found(executionArn)
          return store.history(executionArn, after, reverse, limit)
        },
        stop: async ({ executionArn, error, cause }) => {
          const { stoppedMs } = await executions.stop(executionArn, error, cause)
          return { stoppedMs: stoppedMs! }
        },
        redrive: async ({ executionArn }) => {
          const { redrivenMs } = await executions.redrive(executionArn)
          return { redrivenMs: redrivenMs! }
        },
        describeMapRun: ({ mapRunArn }) => {
          const map = executions.maps.find(mapRunArn)
          const { executions: executionCounts, items: itemCounts } = store.maps.counts(map)
          return { ...map, executionCounts, itemCounts }
        },
        listMapRuns: ({ executionArn }) => {
          found(executionArn)
          return store.maps.of(executionArn)
        },
        updateMapRun: ({ mapRunArn, ...change }) => {
          executions.maps.update(mapRunArn, change)
          return {}
        },
        watch: ({ executionArn }, { signal }) => watch(executionArn, signal),
        watchExecutions: (_input, { signal }) => changes.watch(signal),

        createActivity: ({ name, tags }) => library.createActivity(name, tags),
        deleteActivity: ({ arn }) => {
          library.deleteActivity(arn)
          return {}
        },
        listActivities: () => library.activities(),
        getActivityTask: async ({ arn, worker = '' }, { signal }) => {
          library.activity(arn)
          const patience = new AbortController()
          const over = realTime.after(POLL_MS, () => patience.abort())
          const waiting = AbortSignal.any([signal, stopping.signal, patience.signal])
          try {
            for (;;) {
              const waited = executions.changed.wait(waiting)
              const task = waiting.aborted ? {} : await executions.take(arn, worker)
              if (task) return task
              await waited
            }
          } finally {
            over.cancel()
          }
        },
        sendTaskSuccess: async ({ taskToken, output }) => {
          await executions.answer({ kind: 'succeeded', token: taskToken, output: jsonOf(output) })
          return {}
        },
        sendTaskFailure: async ({ taskToken, error = '', cause = '' }) => {
          await executions.answer({ kind: 'failed', token: taskToken, error, cause })
          return {}
        },
        sendTaskHeartbeat: async ({ taskToken }) => {
          await executions.answer({ kind: 'heartbeat', token: taskToken })
          return {}
        },
        tag: ({ arn, add, remove }) => {
          library.tag(arn, add, remove)
          return {}
        },
      },
      async stop() {
        stopping.abort()
        await executions.end()
        await trusted.catch(() => {})
        await jsonata.stop()
        store.close()
      },
    }
  },
})

function jsonOf(output: string): Json {
  if (Buffer.byteLength(output) > PAYLOAD_BYTES_MAX)
    throw fail('InvalidOutput', 'The output is larger than 262144 bytes')
  try {
    return JSON.parse(output) as Json
  } catch {
    throw fail('InvalidOutput', "Invalid Output: 'it is not JSON'", 'output')
  }
}
