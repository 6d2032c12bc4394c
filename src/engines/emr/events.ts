import type { EngineEvent } from '../kit/node/event-announcements.ts'
import type { Cluster, Group, Instance, Step } from './contract.ts'

/** What EMR tells the event bus, in its words (EMR management guide, "Monitoring Amazon EMR events with CloudWatch"), and EC2 of its Spot instances. */
const emrEvent = (detailType: string, detail: object): EngineEvent => ({ source: 'aws.emr', detailType, detail })

/** States of a cluster that are no news. */
const QUIET = ['BOOTSTRAPPING', 'TERMINATING']

/** What became of a cluster by a change; of one that is new without `before`. Groups and instances stay in their places. */
export function clusterEvents(before: Cluster | undefined, now: Cluster): EngineEvent[] {
  const isNews = now.state !== before?.state && !QUIET.includes(now.state)
  return [
    ...(isNews ? [stateChange(now)] : []),
    ...now.groups.flatMap((group, i) => (group.state === before?.groups[i]?.state ? [] : [groupChange(now, group)])),
    ...now.instances.flatMap((its, i) =>
      its.interruptedAtMs === before?.instances[i]?.interruptedAtMs ? [] : [interruption(its)],
    ),
  ]
}

const STEP_SEVERITIES: Partial<Record<Step['state'], string>> = { FAILED: 'ERROR', CANCELLED: 'WARN' }

export function stepEvent({ id, name, cluster, state, actionOnFailure, failure, reason }: Step): EngineEvent {
  const why = failure?.message ?? reason?.message
  return emrEvent('EMR Step Status Change', {
    severity: STEP_SEVERITIES[state] ?? 'INFO',
    actionOnFailure,
    stepId: id,
    name,
    clusterId: cluster,
    state,
    message: `Step ${id} (${name}) of cluster ${cluster} is ${state}${why === undefined ? '' : `: ${why}`}`,
  })
}

function stateChange({ id, name, state, reason }: Cluster): EngineEvent {
  return emrEvent('EMR Cluster State Change', {
    severity: state === 'TERMINATED_WITH_ERRORS' ? 'CRITICAL' : 'INFO',
    stateChangeReason: JSON.stringify({ code: reason?.code ?? '', message: reason?.message ?? '' }),
    name,
    clusterId: id,
    state,
    message: `Cluster ${id} (${name}) is ${state}`,
  })
}

function groupChange({ id, collection, instances }: Cluster, group: Group): EngineEvent {
  const there = instances.filter((its) => its.group === group.id && its.state === 'RUNNING')
  const [kind, title] = collection === 'INSTANCE_GROUP' ? ['Group', 'group'] : ['Fleet', 'fleet']
  const units = (market: Instance['market']) =>
    there.reduce((sum, its) => sum + (its.market === market ? its.weight : 0), 0)
  return emrEvent(`EMR Instance ${kind} State Change`, {
    severity: group.state === 'ARRESTED' ? 'ERROR' : 'INFO',
    clusterId: id,
    [`instance${kind}Id`]: group.id,
    [`instance${kind}Type`]: group.role,
    ...(collection === 'INSTANCE_GROUP'
      ? {
          market: group.spot > 0 ? 'SPOT' : 'ON_DEMAND',
          instanceType: group.choices[0].type,
          requestedInstanceCount: String(group.onDemand + group.spot),
          runningInstanceCount: String(there.length),
        }
      : {
          targetOnDemandCapacity: String(group.onDemand),
          targetSpotCapacity: String(group.spot),
          provisionedOnDemandCapacity: String(units('ON_DEMAND')),
          provisionedSpotCapacity: String(units('SPOT')),
        }),
    state: group.state,
    message: `The ${group.role} instance ${title} ${group.id} of cluster ${id} is ${group.state}`,
  })
}

/** EC2 tells of it two minutes ahead. */
const interruption = ({ ec2Id }: Instance): EngineEvent => ({
  source: 'aws.ec2',
  detailType: 'EC2 Spot Instance Interruption Warning',
  detail: { 'instance-id': ec2Id, 'instance-action': 'terminate' },
})
