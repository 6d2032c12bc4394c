import { BellRing, Globe, Hourglass } from 'lucide-react'
import { useState } from 'react'
import type { Clients } from '../../../../engines/contract.ts'
import type { CorsRule, LifecycleRule, Notification } from '../../../../engines/lake/contract.ts'
import { openView, useCall, useClients, type ViewProps } from '../../../lib/index.ts'
import { type DataColumn, ErrorView, Loading, Page, Tabs } from '../../../ui/index.ts'
import { CorsDialog } from './CorsDialog.tsx'
import { lifecycleWords } from './forms.ts'
import { General } from './General.tsx'
import { LifecycleDialog } from './LifecycleDialog.tsx'
import { NotificationDialog } from './NotificationDialog.tsx'
import { RuleList } from './RuleList.tsx'

export type Change = Omit<Parameters<Clients['lake']['changeBucket']>[0], 'bucket'>

const LIFECYCLE: readonly DataColumn<LifecycleRule>[] = [
  { id: 'enabled', title: 'On', kind: 'boolean', width: 56, value: ({ enabled }) => enabled },
  { id: 'id', title: 'Rule', width: 180, value: ({ id }) => id },
  { id: 'prefix', title: 'Prefix', mono: true, width: 180, value: ({ prefix }) => prefix },
  { id: 'does', title: 'What it does', width: 480, value: lifecycleWords },
]
const CORS: readonly DataColumn<CorsRule>[] = [
  { id: 'origins', title: 'Origins', mono: true, width: 320, value: ({ origins }) => origins.join(', ') },
  { id: 'methods', title: 'Methods', width: 200, value: ({ methods }) => methods.join(', ') },
  { id: 'headers', title: 'Headers sent', mono: true, width: 180, value: ({ headers }) => headers.join(', ') },
  { id: 'exposed', title: 'Headers read', mono: true, width: 180, value: ({ exposed }) => exposed.join(', ') },
]
const NOTIFICATIONS: readonly DataColumn<Notification>[] = [
  { id: 'id', title: 'Notification', width: 180, value: ({ id }) => id },
  { id: 'function', title: 'Function', width: 160, value: (each) => each.function },
  { id: 'events', title: 'Events', mono: true, width: 320, value: ({ events }) => events.join(', ') },
  { id: 'keys', title: 'Keys', mono: true, width: 220, value: ({ prefix, suffix }) => `${prefix}*${suffix}` },
]

type Part = 'general' | 'lifecycle' | 'cors' | 'notifications'

/** What a bucket is told to do: the same settings that S3 clients put. */
export function BucketView({ params: { bucket } }: ViewProps<{ bucket: string }>) {
  const clients = useClients()
  const call = useCall((each, signal) => each.lake.bucketSettings({ bucket }, { signal }), [bucket])
  const [part, setPart] = useState<Part>('general')
  if (call.error && !call.data)
    return <ErrorView title={`The settings of ${bucket} cannot be read`} error={call.error} />
  if (!call.data) return <Loading />
  const settings = call.data
  const { lifecycle = [], cors = [], notifications = [] } = settings
  const put = async (change: Change) => {
    await clients.lake.changeBucket({ bucket, ...change })
    call.reload()
  }
  const orNone = <T,>(rules: T[]): T[] | null => (rules.length > 0 ? rules : null)
  return (
    <Page
      path={[
        { title: 'Lake' },
        { title: bucket, onOpen: () => openView('catalog.object', { bucket, prefix: '' }) },
        { title: 'Settings' },
      ]}
      scroll={false}
    >
      <Tabs
        label="Settings"
        value={part}
        onChange={setPart}
        tabs={[
          { id: 'general', title: 'General' },
          { id: 'lifecycle', title: 'Lifecycle', badge: lifecycle.length },
          { id: 'cors', title: 'CORS', badge: cors.length },
          { id: 'notifications', title: 'Notifications', badge: notifications.length },
        ]}
      >
        {part === 'general' && <General settings={settings} put={put} />}
        {part === 'lifecycle' && (
          <RuleList
            title="Lifecycle rules"
            noun="lifecycle rule"
            hint="A rule deletes objects, old versions and open uploads when their time has come, at midnight UTC of the workspace's clock."
            icon={<Hourglass size={20} />}
            rules={lifecycle}
            nameOf={({ id }) => id}
            columns={LIFECYCLE}
            put={(rules) => put({ lifecycle: orNone(rules) })}
            Dialog={LifecycleDialog}
          />
        )}
        {part === 'cors' && (
          <RuleList
            title="CORS rules"
            noun="CORS rule"
            hint="A rule lets pages of other origins read from or write to this bucket."
            icon={<Globe size={20} />}
            rules={cors}
            nameOf={({ origins }) => origins.join(', ')}
            columns={CORS}
            put={(rules) => put({ cors: orNone(rules) })}
            Dialog={CorsDialog}
          />
        )}
        {part === 'notifications' && (
          <RuleList
            title="Notifications"
            noun="notification"
            hint="A function is told of objects that are put, deleted, expired or tagged."
            icon={<BellRing size={20} />}
            rules={notifications}
            nameOf={({ id }) => id}
            columns={NOTIFICATIONS}
            put={(rules) => put({ notifications: orNone(rules) })}
            Dialog={NotificationDialog}
          />
        )}
      </Tabs>
    </Page>
  )
}
