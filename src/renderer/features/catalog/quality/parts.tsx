import { lazy, Suspense } from 'react'
import type { TableRef } from '../../../../engines/quality/contract.ts'
import { Loading } from '../../../ui/index.ts'

const ProfileTab = lazy(() => import('./ProfileTab.tsx').then((module) => ({ default: module.ProfileTab })))
const QualityTab = lazy(() => import('./QualityTab.tsx').then((module) => ({ default: module.QualityTab })))

/** The parts of a table's page that are about its data's quality. */
export function qualityParts(table: TableRef, columns: readonly string[], turn: number) {
  return [
    {
      id: 'profile',
      title: 'Profile',
      content: (
        <Suspense fallback={<Loading />}>
          <ProfileTab table={table} turn={turn} />
        </Suspense>
      ),
    },
    {
      id: 'quality',
      title: 'Quality',
      content: (
        <Suspense fallback={<Loading />}>
          <QualityTab table={table} columns={columns} />
        </Suspense>
      ),
    },
  ]
}
