import type { ContentSummary, FileStatus } from '../../../engines/hdfs/contract.ts'
import { permissionText } from '../../../engines/hdfs/contract.ts'
import { formatBytes, formatNumber, formatTime, plural, useCall } from '../../lib/index.ts'
import { Button, Buttons, CopyButton, ErrorView, PropertyList, Section } from '../../ui/index.ts'
import { isInSnapshot } from './paths.ts'
import { Snapshots } from './Snapshots.tsx'
import { useClusterName } from './shownCluster.ts'

/** What is known of a file or folder. */
export function FileInspector({
  path,
  turn,
  onEdit,
}: {
  path: string
  /** Another one after each change. */
  turn: unknown
  onEdit: (file: FileStatus) => void
}) {
  const cluster = useClusterName()
  const known = useCall(
    async ({ hdfs }, signal) => {
      const [file, summary] = await Promise.all([
        hdfs.status({ cluster, path }, { signal }),
        hdfs.summary({ cluster, path }, { signal }),
      ])
      return { file, summary }
    },
    [cluster, path, turn],
  )
  if (known.error) return <ErrorView compact title={`${path} cannot be read`} error={known.error} />
  if (!known.data) return null
  const { file, summary } = known.data
  return (
    <>
      <Section title={file.kind === 'file' ? 'File' : 'Folder'}>
        <PropertyList
          items={[
            ['Path', path],
            ...(file.kind === 'file' ? ofFile(file) : ofFolder(summary)),
            ['Owner', `${file.owner}:${file.group}`],
            ['Permission', permissionText(file)],
            ['Modified', formatTime(file.modifiedMs)],
          ]}
        />
        <Buttons>
          {path !== '/' && !isInSnapshot(path) && (
            <Button size="s" onClick={() => onEdit(file)}>
              {file.kind === 'file' ? 'Replication and owner…' : 'Quotas and owner…'}
            </Button>
          )}
          <CopyButton text={path} label="Copy path" />
        </Buttons>
      </Section>
      {file.kind === 'directory' && !isInSnapshot(path) && <Snapshots folder={file} turn={turn} />}
    </>
  )
}

const ofFile = (file: FileStatus) =>
  [
    ['Size', formatBytes(file.bytes)],
    ['Replication', `${file.replication}: ${formatBytes(file.bytes * file.replication)} on disks`],
    ['Block size', formatBytes(file.blockBytes)],
    ['Blocks', formatNumber(Math.ceil(file.bytes / file.blockBytes))],
  ] as const

/** Hadoop counts a folder among those it holds; a person who looks into it does not. */
const ofFolder = ({ files, directories, bytes, spaceBytes, nameQuota, spaceQuota }: ContentSummary) =>
  [
    ['Holds', `${plural(files, 'file')}, ${plural(directories - 1, 'folder')}`],
    ['Size', `${formatBytes(bytes)}, ${formatBytes(spaceBytes)} on disks`],
    nameQuota !== null &&
      nameQuota < Number.MAX_SAFE_INTEGER &&
      (['Name quota', `${formatNumber(files + directories)} of ${formatNumber(nameQuota)}`] as const),
    spaceQuota !== null && (['Space quota', `${formatBytes(spaceBytes)} of ${formatBytes(spaceQuota)}`] as const),
  ] as const
