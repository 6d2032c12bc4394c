import {
  CancelReplay$,
  type CancelReplayRequest,
  type CancelReplayResponse,
  CreateArchive$,
  type CreateArchiveRequest,
  type CreateArchiveResponse,
  DeleteArchive$,
  type DeleteArchiveRequest,
  DescribeArchive$,
  type DescribeArchiveRequest,
  type DescribeArchiveResponse,
  DescribeReplay$,
  type DescribeReplayRequest,
  type DescribeReplayResponse,
  ListArchives$,
  type ListArchivesRequest,
  type ListArchivesResponse,
  ListReplays$,
  type ListReplaysRequest,
  type ListReplaysResponse,
  StartReplay$,
  type StartReplayRequest,
  type StartReplayResponse,
  UpdateArchive$,
  type UpdateArchiveRequest,
  type UpdateArchiveResponse,
} from '@aws-sdk/client-eventbridge'
import type { Archive, Replay } from '../contract.ts'
import { busOf } from '../deliver/places.ts'
import { archiveArn, busArn, invalid, notFound } from '../errors.ts'
import { dateOf, operation, pageOf, RULE_NAME, requireHonoured } from './common.ts'

const ARCHIVE_NAME = { ...RULE_NAME, length: [1, 48] as [number, number] }
const PAGED = { Limit: { range: [1, 100] as [number, number] } }

const CreateArchive = operation<CreateArchiveRequest, CreateArchiveResponse>({
  schema: CreateArchive$,
  constraints: { ArchiveName: ARCHIVE_NAME, RetentionDays: { range: [0, Number.MAX_SAFE_INTEGER] } },
  async run(input, { clients }) {
    requireHonoured(input, ['ArchiveName', 'EventSourceArn', 'Description', 'EventPattern', 'RetentionDays'])
    const archive = await clients.events.createArchive({
      name: input.ArchiveName!,
      bus: busOf(input.EventSourceArn!) ?? input.EventSourceArn!,
      description: input.Description,
      pattern: input.EventPattern || undefined,
      retentionDays: input.RetentionDays,
    })
    return stateOf(archive)
  },
})

const UpdateArchive = operation<UpdateArchiveRequest, UpdateArchiveResponse>({
  schema: UpdateArchive$,
  constraints: { ArchiveName: ARCHIVE_NAME, RetentionDays: { range: [0, Number.MAX_SAFE_INTEGER] } },
  async run(input, { clients }) {
    requireHonoured(input, ['ArchiveName', 'Description', 'EventPattern', 'RetentionDays'])
    const archive = await clients.events.updateArchive({
      name: input.ArchiveName!,
      description: input.Description,
      pattern: input.EventPattern || undefined,
      retentionDays: input.RetentionDays,
    })
    return stateOf(archive)
  },
})

const stateOf = ({ arn, createdMs }: Archive) => ({
  ArchiveArn: arn,
  State: 'ENABLED' as const,
  CreationTime: dateOf(createdMs),
})

const DeleteArchive = operation<DeleteArchiveRequest, object>({
  schema: DeleteArchive$,
  run: ({ ArchiveName }, { clients }) => clients.events.deleteArchive({ name: ArchiveName! }),
})

const DescribeArchive = operation<DescribeArchiveRequest, DescribeArchiveResponse>({
  schema: DescribeArchive$,
  async run({ ArchiveName }, { clients }) {
    const archive = (await clients.events.listArchives({})).find(({ name }) => name === ArchiveName)
    if (!archive) throw notFound(`Archive ${ArchiveName} does not exist.`)
    return {
      ...archiveShown(archive),
      ArchiveArn: archive.arn,
      Description: archive.description,
      EventPattern: archive.pattern,
    }
  },
})

const ListArchives = operation<ListArchivesRequest, ListArchivesResponse>({
  schema: ListArchives$,
  constraints: PAGED,
  async run({ NamePrefix = '', EventSourceArn, State, NextToken, Limit }, { clients }) {
    const archives = (await clients.events.listArchives({})).filter(
      ({ name, bus }) =>
        name.startsWith(NamePrefix) &&
        (EventSourceArn === undefined || busArn(bus) === EventSourceArn) &&
        (State === undefined || State === 'ENABLED'),
    )
    const { page, ...more } = pageOf(archives, NextToken, Limit)
    return { Archives: page.map(archiveShown), ...more }
  },
})

const archiveShown = ({ name, bus, retentionDays, bytes, events, createdMs }: Archive) => ({
  ArchiveName: name,
  EventSourceArn: busArn(bus),
  State: 'ENABLED' as const,
  RetentionDays: retentionDays,
  SizeBytes: bytes,
  EventCount: events,
  CreationTime: dateOf(createdMs),
})

const StartReplay = operation<StartReplayRequest, StartReplayResponse>({
  schema: StartReplay$,
  constraints: { ReplayName: RULE_NAME },
  async run(input, { clients }) {
    const archive = lastPart(input.EventSourceArn!)
    const found = (await clients.events.listArchives({})).find(({ name }) => name === archive)
    if (!found || input.EventSourceArn !== archiveArn(archive)) throw notFound(`Archive ${archive} does not exist.`)
    if (input.Destination!.Arn !== busArn(found.bus))
      throw invalid(
        'Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.',
        'Destination.Arn',
      )
    const replay = await clients.events.startReplay({
      name: input.ReplayName!,
      archive,
      description: input.Description,
      startMs: input.EventStartTime!.getTime(),
      endMs: input.EventEndTime!.getTime(),
      rules: input.Destination!.FilterArns?.map(lastPart),
    })
    return { ReplayArn: replay.arn, State: replay.state, ReplayStartTime: dateOf(replay.startedMs) }
  },
})

const lastPart = (arn: string) => arn.slice(arn.lastIndexOf('/') + 1)

const CancelReplay = operation<CancelReplayRequest, CancelReplayResponse>({
  schema: CancelReplay$,
  async run({ ReplayName }, { clients }) {
    const { arn, state } = await clients.events.cancelReplay({ name: ReplayName! })
    return { ReplayArn: arn, State: state }
  },
})

const DescribeReplay = operation<DescribeReplayRequest, DescribeReplayResponse>({
  schema: DescribeReplay$,
  async run({ ReplayName }, { clients }) {
    const replay = (await clients.events.listReplays({})).find(({ name }) => name === ReplayName)
    if (!replay) throw notFound(`Replay ${ReplayName} does not exist.`)
    const Destination = { Arn: busArn(replay.bus), ...(replay.rules.length > 0 && { FilterArns: replay.rules }) }
    return { ...replayShown(replay), ReplayArn: replay.arn, Description: replay.description, Destination }
  },
})

const ListReplays = operation<ListReplaysRequest, ListReplaysResponse>({
  schema: ListReplays$,
  constraints: PAGED,
  async run({ NamePrefix = '', EventSourceArn, State, NextToken, Limit }, { clients }) {
    const replays = (await clients.events.listReplays({})).filter(
      ({ name, archive, state }) =>
        name.startsWith(NamePrefix) &&
        (EventSourceArn === undefined || archiveArn(archive) === EventSourceArn) &&
        (State === undefined || State === state),
    )
    const { page, ...more } = pageOf(replays, NextToken, Limit)
    return { Replays: page.map(replayShown), ...more }
  },
})

const replayShown = (replay: Replay) => ({
  ReplayName: replay.name,
  EventSourceArn: archiveArn(replay.archive),
  State: replay.state,
  StateReason: replay.reason,
  EventStartTime: dateOf(replay.startMs),
  EventEndTime: dateOf(replay.endMs),
  EventLastReplayedTime: dateOf(replay.lastEventMs),
  ReplayStartTime: dateOf(replay.startedMs),
  ReplayEndTime: dateOf(replay.endedMs),
})

export const archiveOperations = {
  CancelReplay,
  CreateArchive,
  DeleteArchive,
  DescribeArchive,
  DescribeReplay,
  ListArchives,
  ListReplays,
  StartReplay,
  UpdateArchive,
}
