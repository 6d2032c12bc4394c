import { Skull, ZapOff } from 'lucide-react'
import type { Cluster, Instance } from '../../../engines/emr/contract.ts'
import { formatCost, formatTime, useCall, useNow } from '../../lib/index.ts'
import { Button, Buttons, Copied, PropertyList, Section, Sparkline, StateDot } from '../../ui/index.ts'
import styles from './emr.module.css'
import { groupTitle, marketTitle, nodeOf, ROLE_TITLES, shapeOfInstance } from './states.ts'
import type { NodeActions } from './useNodeActions.ts'

const DAY_MS = 24 * 3600_000
const PRICE_MS = 300_000

/** One instance; of Spot, also what its type cost in the last day. */
export function NodeInspector({
  cluster,
  instance,
  reserved,
  actions,
}: {
  cluster: Cluster
  instance: Instance
  /** It stands in the place of a reserved instance. */
  reserved: boolean
  actions: NodeActions
}) {
  const [shape, words] = shapeOfInstance(instance)
  const group = cluster.groups.find(({ id }) => id === instance.group)
  const { market, bidUsd, launchedMs, readyMs, endedMs, reason, state } = instance
  return (
    <>
      <Section title={nodeOf(instance)}>
        <p className={styles.line}>
          <StateDot state={shape} text={words} />
          {instance.leader && <span className={styles.quiet}>leads</span>}
        </p>
        {reason && <p className={styles.why}>{reason.message}</p>}
        <PropertyList
          items={[
            ['Group', `${group ? groupTitle(group) : ROLE_TITLES[instance.role]}`],
            ['Type', instance.type],
            cluster.collection === 'INSTANCE_FLEET' && ['Units', String(instance.weight)],
            ['Market', marketTitle(instance, reserved)],
            bidUsd !== undefined && ['Pays at most', `${formatCost(bidUsd)} an hour`],
            copied('Address', instance.address),
            copied('EC2 id', instance.ec2Id),
            copied('Instance id', instance.id),
            launchedMs !== undefined && ['Launched', formatTime(launchedMs)],
            readyMs !== undefined && ['Ready', formatTime(readyMs)],
            endedMs !== undefined && ['Ended', formatTime(endedMs)],
          ]}
        />
        <Buttons>
          {actions.allowed && state === 'RUNNING' && (
            <Button size="s" variant="danger" icon={<Skull size={13} />} onClick={() => actions.kill(instance)}>
              Kill node
            </Button>
          )}
          {actions.allowed && state === 'RUNNING' && market === 'SPOT' && (
            <Button
              size="s"
              icon={<ZapOff size={13} />}
              disabled={instance.interruptedAtMs !== undefined}
              onClick={() => actions.interrupt(instance)}
            >
              Interrupt
            </Button>
          )}
        </Buttons>
      </Section>
      {market === 'SPOT' && <SpotPrice type={instance.type} zone={cluster.zone} />}
    </>
  )
}

const copied = (name: string, text: string) =>
  [
    name,
    <Copied key={name} text={text} label={`Copy ${name}`}>
      {text}
    </Copied>,
  ] as const

function SpotPrice({ type, zone }: { type: string; zone: string }) {
  const nowMs = useNow()
  const endMs = Math.floor(nowMs / PRICE_MS) * PRICE_MS + 1
  const { data } = useCall(
    ({ emr }, signal) => emr.spotPrices({ type, zone, startMs: endMs - 1 - DAY_MS, endMs }, { signal }),
    [type, zone, endMs],
  )
  if (!data) return null
  const values = data.points.map(({ usd }) => usd)
  const now = values.at(-1) ?? 0
  const words = `${formatCost(now)} an hour now, ${formatCost(Math.min(...values))} to ${formatCost(Math.max(...values))} in the last day`
  return (
    <Section title="Spot price">
      <Sparkline values={values} label={`${type}: ${words}`} width={240} height={48} max={Math.max(...values)} />
      <p className={styles.quiet}>
        {words}; {formatCost(data.onDemandUsd)} on demand. The price is simulated: above what the node pays at most, it
        is interrupted.
      </p>
    </Section>
  )
}
