const text = (pattern: object) => JSON.stringify(pattern, null, 2)

/** What a first rule may ask for. */
export const PATTERNS = [
  {
    value: 'job',
    label: 'A Batch job that failed',
    text: text({ source: ['aws.batch'], 'detail-type': ['Batch Job State Change'], detail: { status: ['FAILED'] } }),
  },
  {
    value: 'object',
    label: 'An object that was created',
    text: text({
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: { object: { key: [{ suffix: '.csv' }] } },
    }),
  },
  {
    value: 'crawler',
    label: 'A crawler that ended',
    text: text({ source: ['aws.glue'], detail: { state: [{ 'anything-but': 'Started' }] } }),
  },
  {
    value: 'query',
    label: 'An Athena query that failed',
    text: text({ source: ['aws.athena'], detail: { currentState: ['FAILED', 'CANCELLED'] } }),
  },
  {
    value: 'own',
    label: 'An event of your own',
    text: text({ source: ['shop'], detail: { total: [{ numeric: ['>', 100] }] } }),
  },
] as const

/** An event to begin with in the tester. */
export const EVENT = text({
  version: '0',
  id: '12345678-1234-1234-1234-123456789012',
  'detail-type': 'Order placed',
  source: 'shop',
  account: '000000000000',
  time: '2030-01-01T12:00:00Z',
  region: 'us-east-1',
  resources: [],
  detail: { order: 17, total: 120.5, country: 'NO' },
})
