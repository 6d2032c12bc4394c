import type { TableRef } from '../../../../engines/quality/contract.ts'
import { loadable } from '../../../lib/index.ts'

const ProfileTab = loadable(async () => (await import('./ProfileTab.tsx')).ProfileTab)
const QualityTab = loadable(async () => (await import('./QualityTab.tsx')).QualityTab)

/** The parts of a table's page that are about its data's quality. */
export function qualityParts(table: TableRef, columns: readonly { name: string; type: string }[], turn: number) {
  return [
    {
      id: 'profile',
      title: 'Profile',
      content: <ProfileTab table={table} columns={columns} turn={turn} />,
    },
    {
      id: 'quality',
      title: 'Quality',
      content: <QualityTab table={table} columns={columns.map(({ name }) => name)} />,
    },
  ]
}
