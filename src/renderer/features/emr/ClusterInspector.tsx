import { HardDrive, SlidersHorizontal } from 'lucide-react'
import type { Cluster, Cost } from '../../../engines/emr/contract.ts'
import { formatCost, formatNumber, formatTime, notifyError, openView, plural, useAction } from '../../lib/index.ts'
import { Button, Buttons, Copied, PropertyList, Section, Switch } from '../../ui/index.ts'
import styles from './emr.module.css'
import { isLive } from './states.ts'
import type { Storage } from './useEmr.ts'

const MINUTE_S = 60

/** What a cluster is and what becomes of it when nobody looks. */
export function ClusterInspector({
  cluster,
  cost,
  storage,
  onLimits,
}: {
  cluster: Cluster
  cost: Cost | undefined
  storage: Storage | undefined
  onLimits: () => void
}) {
  const live = isLive(cluster)
  const places = Object.keys(cost?.reserved ?? {}).length
  const modify = useAction(
    ({ emr }, signal, change: { keepAlive?: boolean; terminationProtected?: boolean }) =>
      emr.modify({ cluster: cluster.id, ...change }, { signal }),
    { onError: (error) => notifyError('The cluster was not changed', error) },
  )
  const { logUri, scaling, autoTerminationS, readyMs, endedMs } = cluster
  const tags = Object.entries(cluster.tags)
  const place = /^s3:\/\/([^/]+)\/?(.*)$/.exec(logUri ?? '')
  return (
    <>
      <Section title="Cluster">
        <PropertyList
          items={[
            [
              'ID',
              <Copied key="id" text={cluster.id} label="Copy id">
                {cluster.id}
              </Copied>,
            ],
            ['Release', cluster.releaseLabel],
            cluster.applications.length > 0 && ['Applications', cluster.applications.join(', ')],
            ['Created', formatTime(cluster.createdMs)],
            readyMs !== undefined && ['Ready', formatTime(readyMs)],
            endedMs !== undefined && ['Ended', formatTime(endedMs)],
            tags.length > 0 && ['Tags', tags.map((pair) => pair.join('=')).join(', ')],
            ['Logs', logUri ?? 'kept in the workspace only'],
          ]}
        />
        <Buttons>
          {place && (
            <Button
              size="s"
              onClick={() =>
                openView('catalog.object', {
                  bucket: place[1],
                  prefix: `${place[2]}${/\/$|^$/.test(place[2]) ? '' : '/'}`,
                })
              }
            >
              Open the logs
            </Button>
          )}
        </Buttons>
      </Section>
      <Section title="Its end">
        <div className={styles.switches}>
          <Switch
            checked={cluster.terminationProtected}
            disabled={!live || modify.pending}
            onChange={(terminationProtected) => void modify.run({ terminationProtected })}
          >
            Termination protection
          </Switch>
          <Switch
            checked={cluster.keepAlive}
            disabled={!live || modify.pending}
            onChange={(keepAlive) => void modify.run({ keepAlive })}
          >
            Waits for more steps
          </Switch>
        </div>
        <PropertyList
          items={[
            [
              'Idle',
              autoTerminationS === undefined
                ? 'never terminates it'
                : `terminates it after ${formatNumber(autoTerminationS / MINUTE_S)} min`,
            ],
            ['Steps at once', String(cluster.stepConcurrency)],
            ['Scaling', scaling ? limitsText(scaling.limits) : 'by hand'],
          ]}
        />
        <Buttons>
          <Button size="s" icon={<SlidersHorizontal size={13} />} disabled={!live} onClick={onLimits}>
            Limits…
          </Button>
        </Buttons>
      </Section>
      {storage && (
        <Section title="HDFS">
          <PropertyList
            items={[
              ['Replication', String(storage.replication)],
              ['Files', formatNumber(storage.files)],
              ['Blocks', formatNumber(storage.blocks)],
              ['Under-replicated', formatNumber(storage.underReplicated)],
              ['Missing', formatNumber(storage.missing)],
              cluster.encrypted && ['At rest', 'encrypted'],
            ]}
          />
          <Buttons>
            <Button
              size="s"
              icon={<HardDrive size={13} />}
              onClick={() => openView('hdfs.cluster', { cluster: cluster.id })}
            >
              Open its HDFS
            </Button>
          </Buttons>
        </Section>
      )}
      {cost && (
        <Section title="Cost, an estimate">
          <PropertyList
            items={[
              [live ? 'So far' : 'In all', formatCost(cost.totalUsd)],
              live && ['An hour', formatCost(cost.hourUsd)],
              places > 0 && ['Reserved', `${plural(places, 'node')} in the place of a reserved instance`],
              ['Normalized hours', formatNumber(cost.normalizedHours)],
            ]}
          />
          <p className={styles.quiet}>
            EC2 and EMR by the price table, in engine time; no volumes, no transfer. Spot goes by its simulated price.
          </p>
        </Section>
      )}
    </>
  )
}

function limitsText({ unit, min, max, maxOnDemand, maxCore }: NonNullable<Cluster['scaling']>['limits']): string {
  const words = { Instances: 'nodes', InstanceFleetUnits: 'units', VCPU: 'vCPUs' }[unit]
  const more = [
    maxOnDemand !== undefined && `${maxOnDemand} on demand at most`,
    maxCore !== undefined && `${maxCore} core at most`,
  ].filter(Boolean)
  return [`${min} to ${max} ${words}`, ...more].join(', ')
}
