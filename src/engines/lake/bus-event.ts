import type { EngineEvent } from '../kit/node/event-announcements.ts'
import { ACCOUNT_ID } from '../kit/pure/ids.ts'
import type { EventName, EventObject } from './events.ts'

const TOLD: Readonly<Record<string, readonly [string, object]>> = {
  'ObjectCreated:Put': ['Object Created', { reason: 'PutObject' }],
  'ObjectCreated:Copy': ['Object Created', { reason: 'CopyObject' }],
  'ObjectCreated:CompleteMultipartUpload': ['Object Created', { reason: 'CompleteMultipartUpload' }],
  'ObjectRemoved:Delete': ['Object Deleted', { reason: 'DeleteObject', 'deletion-type': 'Permanently Deleted' }],
  'ObjectRemoved:DeleteMarkerCreated': [
    'Object Deleted',
    { reason: 'DeleteObject', 'deletion-type': 'Delete Marker Created' },
  ],
  'LifecycleExpiration:Delete': [
    'Object Deleted',
    { reason: 'Lifecycle Expiration', 'deletion-type': 'Permanently Deleted' },
  ],
  'LifecycleExpiration:DeleteMarkerCreated': [
    'Object Deleted',
    { reason: 'Lifecycle Expiration', 'deletion-type': 'Delete Marker Created' },
  ],
  'ObjectTagging:Put': ['Object Tags Added', {}],
  'ObjectTagging:Delete': ['Object Tags Deleted', {}],
}

/** A change of an object as EventBridge tells it (S3 User Guide, "EventBridge event message structure"). Keys are not encoded there. */
export function busEvent(
  bucket: string,
  event: EventName,
  object: EventObject,
  { timeMs, sequencer }: { timeMs: number; sequencer: string },
): EngineEvent {
  const [detailType, how] = TOLD[event]
  const { key, size, etag, versionId } = object
  return {
    source: 'aws.s3',
    detailType,
    resources: [`arn:aws:s3:::${bucket}`],
    timeMs,
    detail: {
      version: '0',
      bucket: { name: bucket },
      object: {
        key,
        ...(size !== undefined && { size }),
        ...(etag !== undefined && { etag: etag.replaceAll('"', '') }),
        ...(versionId && { 'version-id': versionId }),
        ...(detailType !== 'Object Tags Added' && detailType !== 'Object Tags Deleted' && { sequencer }),
      },
      requester: ACCOUNT_ID,
      'source-ip-address': '127.0.0.1',
      ...how,
    },
  }
}
