import { CirclePlus, CircleStop } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { Cluster, Cost, Group, Instance, Step } from '../../../engines/emr/contract.ts'
import {
  formatCost,
  formatDuration,
  Healing,
  HurryButton,
  Inspector,
  notifyError,
  plural,
  useAction,
  useCommands,
  useNow,
  useRemembered,
  useSystemStatus,
  useView,
  type ViewProps,
} from '../../lib/index.ts'
import {
  Banner,
  Button,
  ConfirmDialog,
  ErrorView,
  Facts,
  Loading,
  Page,
  Pane,
  SplitPane,
  StateDot,
} from '../../ui/index.ts'
import { ClusterInspector } from './ClusterInspector.tsx'
import { LimitsDialog } from './dialogs/LimitsDialog.tsx'
import { ResizeDialog } from './dialogs/ResizeDialog.tsx'
import { StepDialog } from './dialogs/StepDialog.tsx'
import { TaskGroupDialog } from './dialogs/TaskGroupDialog.tsx'
import { TerminateDialog } from './dialogs/TerminateDialog.tsx'
import styles from './emr.module.css'
import { NodeInspector } from './NodeInspector.tsx'
import { ClusterPicture } from './picture/ClusterPicture.tsx'
import { StepInspector } from './StepInspector.tsx'
import { StepTable } from './StepTable.tsx'
import { hasEnded, isLive, nodeOf, shapeOfCluster, stateTitle } from './states.ts'
import { type Storage, useCluster, useCompute, useCost, usePrices, useSteps, useStorage } from './useEmr.ts'
import { useNodeActions } from './useNodeActions.ts'

type Asked =
  | { readonly kind: 'step' | 'limits' | 'group' | 'terminate' }
  | { readonly kind: 'resize'; readonly group: Group }
  | { readonly kind: 'last'; readonly instance: Instance }
type Chosen = { readonly kind: 'node' | 'step'; readonly id: string }

/** One cluster: its nodes, what runs on them, its steps, and what it has cost. */
export function ClusterView({ params: { id } }: ViewProps<{ id: string; name?: string }>) {
  const view = useRef(useView())
  const feed = useCluster(id)
  const cluster = feed.data
  const steps = useSteps(id)
  const cost = useCost(cluster)
  const storage = useStorage(cluster)
  const compute = useCompute(cluster)
  const reserved = cost?.reserved ?? {}
  const priceOf = usePrices(cluster, reserved)
  const nowMs = Math.floor(useNow() / 500) * 500
  const [height, setHeight] = useRemembered('emr.steps', 260)
  const [asked, setAsked] = useState<Asked | null>(null)
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const actions = useNodeActions(cluster, (instance) => setAsked({ kind: 'last', instance }))
  const lose = useAction(
    ({ emr }, signal, instance: string) => emr.loseInstance({ cluster: id, instance }, { signal }),
    { onError: (error) => notifyError('The node was not killed', error) },
  )
  const cancel = useAction(
    async ({ emr }, signal, { id: step, state }: Step) => {
      const [{ submitted, reason }] = await emr.cancelSteps(
        { cluster: id, steps: [step], kill: state === 'RUNNING' },
        { signal },
      )
      if (!submitted) throw new Error(reason)
    },
    { onError: (error) => notifyError('The step was not cancelled', error) },
  )
  const name = cluster?.name
  useEffect(() => {
    if (name !== undefined) view.current.setTitle(name)
  }, [name])
  const live = cluster !== undefined && isLive(cluster)
  useCommands(
    () =>
      live
        ? [
            { id: 'emr.step', title: 'Add step…', group: 'EMR', run: () => setAsked({ kind: 'step' }) },
            {
              id: 'emr.limits',
              title: 'Limits of the cluster…',
              group: 'EMR',
              run: () => setAsked({ kind: 'limits' }),
            },
            {
              id: 'emr.terminate',
              title: 'Terminate cluster…',
              group: 'EMR',
              run: () => setAsked({ kind: 'terminate' }),
            },
            { id: 'emr.back', title: 'Show the cluster', group: 'EMR', shortcut: 'Escape', run: () => setChosen(null) },
          ]
        : [],
    [live],
  )
  if (feed.error && !cluster) return <ErrorView title={`The cluster ${id} cannot be shown`} error={feed.error} />
  if (!cluster || !steps) return <Loading />
  const close = () => setAsked(null)
  const instance = cluster.instances.find((each) => chosen?.kind === 'node' && each.id === chosen.id)
  const step = steps.find((each) => chosen?.kind === 'step' && each.id === chosen.id)
  return (
    <Page
      path={[{ title: 'EMR' }, { title: cluster.name }]}
      scroll={false}
      actions={
        live && (
          <>
            <Button size="s" icon={<CirclePlus size={13} />} onClick={() => setAsked({ kind: 'step' })}>
              Add step…
            </Button>
            <Button size="s" icon={<CircleStop size={13} />} onClick={() => setAsked({ kind: 'terminate' })}>
              Terminate…
            </Button>
          </>
        )
      }
    >
      <Pane>
        <ClusterBar cluster={cluster} cost={cost} nowMs={nowMs} />
        <Waits
          cluster={cluster}
          storage={storage}
          nowMs={nowMs}
          holds={steps.some(({ state, job }) => state === 'RUNNING' && job === undefined)}
        />
        {storage && (
          <>
            <Missing storage={storage} />
            <Healing {...storage} />
          </>
        )}
        <SplitPane
          direction="column"
          sized="second"
          label="Nodes and steps"
          size={height}
          onSize={setHeight}
          min={100}
          first={
            <div className={styles.scroll}>
              <ClusterPicture
                cluster={cluster}
                steps={steps}
                storage={storage}
                compute={compute}
                priceOf={priceOf}
                reserved={reserved}
                nowMs={nowMs}
                actions={actions}
                selected={instance?.id ?? null}
                onSelect={(node) => setChosen({ kind: 'node', id: node })}
                onResize={(group) => setAsked({ kind: 'resize', group })}
                onAddGroup={() => setAsked({ kind: 'group' })}
              />
            </div>
          }
          second={
            <StepTable
              steps={steps}
              selected={step?.id ?? null}
              onSelect={(one) => setChosen({ kind: 'step', id: one })}
              onAdd={live ? () => setAsked({ kind: 'step' }) : undefined}
              onCancel={(one) => void cancel.run(one)}
            />
          }
        />
      </Pane>
      <Inspector>
        {instance ? (
          <NodeInspector cluster={cluster} instance={instance} reserved={instance.id in reserved} actions={actions} />
        ) : step ? (
          <StepInspector key={step.id} step={step} onCancel={live ? () => void cancel.run(step) : undefined} />
        ) : (
          <ClusterInspector
            cluster={cluster}
            cost={cost}
            storage={storage}
            onLimits={() => setAsked({ kind: 'limits' })}
          />
        )}
      </Inspector>
      {asked?.kind === 'step' && (
        <StepDialog cluster={cluster} onClose={close} onDone={(one) => setChosen({ kind: 'step', id: one })} />
      )}
      {asked?.kind === 'limits' && <LimitsDialog cluster={cluster} onClose={close} />}
      {asked?.kind === 'group' && <TaskGroupDialog cluster={cluster} onClose={close} />}
      {asked?.kind === 'resize' && <ResizeDialog cluster={cluster} group={asked.group} onClose={close} />}
      <TerminateDialog cluster={asked?.kind === 'terminate' ? cluster : null} onClose={close} />
      <ConfirmDialog
        open={asked?.kind === 'last'}
        onClose={close}
        onConfirm={() => {
          if (asked?.kind === 'last') void lose.run(asked.instance.id)
          close()
        }}
        title={asked?.kind === 'last' ? `Kill ${nodeOf(asked.instance)}?` : ''}
        message="It is the only primary node: the cluster ends with it, with errors, and its HDFS goes. Three primary nodes survive the loss of one."
        action="Kill the primary node"
      />
    </Page>
  )
}

function ClusterBar({ cluster, cost, nowMs }: { cluster: Cluster; cost: Cost | undefined; nowMs: number }) {
  const ended = hasEnded(cluster)
  const { idleMs } = cluster
  return (
    <Facts bar>
      <StateDot state={shapeOfCluster(cluster)} text={stateTitle(cluster.state)} />
      <span>
        <b>{formatDuration(Math.max(0, (cluster.endedMs ?? nowMs) - cluster.createdMs))}</b>
        {idleMs !== undefined && !ended && `, idle for ${formatDuration(Math.max(0, nowMs - idleMs))}`}
      </span>
      {cluster.reason && <span className={styles.reason}>{cluster.reason.message}</span>}
      {cost && (
        <span
          className={styles.end}
          title="By the price table for EC2 and EMR, in engine time. Spot goes by its simulated price."
        >
          {ended ? 'Estimate' : 'Estimate so far'} <b>{formatCost(cost.totalUsd)}</b>
          {!ended && `, ${formatCost(cost.hourUsd)} an hour`}
        </span>
      )}
    </Facts>
  )
}

/** What is waited for in engine time, which may be made to run faster. */
function Waits({
  cluster,
  storage,
  nowMs,
  holds,
}: {
  cluster: Cluster
  storage: Storage | undefined
  nowMs: number
  /** A step's process runs: virtual time waits for it. */
  holds: boolean
}) {
  const isVirtual = useSystemStatus()?.clock.mode === 'virtual'
  if (!isLive(cluster)) return null
  const notices = cluster.instances.filter(
    ({ state, interruptedAtMs }) => state !== 'TERMINATED' && interruptedAtMs !== undefined,
  )
  const silent = storage?.nodes.filter(({ state, deadMs }) => state !== 'dead' && deadMs !== undefined) ?? []
  const faster =
    holds && isVirtual ? (
      <span className={styles.quiet}>virtual time stands still while a step’s process runs</span>
    ) : (
      <HurryButton />
    )
  const names = silent.map(({ name }) => name).join(', ')
  return (
    <>
      {cluster.readyMs === undefined && (
        <Banner tone="neutral" actions={<HurryButton />}>
          Instances come after ten seconds, bootstrap and join; then the cluster takes steps.
        </Banner>
      )}
      {notices.map(({ id, interruptedAtMs, ...instance }, i) => (
        <Banner key={id} tone="warn" actions={i === 0 && faster}>
          {nodeOf(instance)} has notice: Spot takes it back in {formatDuration(Math.max(0, interruptedAtMs! - nowMs))}.
        </Banner>
      ))}
      {silent.length > 0 && (
        <Banner tone="warn" actions={notices.length === 0 && faster}>
          {names} {silent.length === 1 ? 'is' : 'are'} silent. Another node takes{' '}
          {silent.length === 1 ? 'its' : 'their'} place with an empty disk; HDFS copies blocks once it holds{' '}
          {silent.length === 1 ? 'the node' : 'the nodes'} for dead, after 10 minutes 30 seconds.
        </Banner>
      )}
    </>
  )
}

function Missing({ storage: { missing, replication } }: { storage: Storage }) {
  if (missing === 0) return null
  return (
    <Banner tone="bad">
      {plural(missing, 'block')} of HDFS {missing === 1 ? 'is' : 'are'} missing: every replica was on nodes that are
      lost. Its replication is {replication}.
    </Banner>
  )
}
