import type { Runtime } from '../../../engines/functions/contract.ts'

const NODE = `// Kinesis gives records in event.Records, Firehose in event.records.
export const handler = async (event, context) => {
  console.log('request', context.awsRequestId)
  return { received: event }
}
`

const PYTHON = `# Kinesis gives records in event["Records"], Firehose in event["records"].
def handler(event, context):
    print("request", context.aws_request_id)
    return {"received": event}
`

const PROGRAM = `#!/bin/sh
# Any program may stand here: it asks Lambda's Runtime API for events, and answers them.
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while answer=$(curl -sS -i "$api/next" | tr -d '\\r'); do
  request=$(printf '%s' "$answer" | sed -n 's/^Lambda-Runtime-Aws-Request-Id: //p')
  event=$(printf '%s' "$answer" | sed '1,/^$/d')
  echo "request $request"
  curl -sS -o /dev/null --data-binary "{\\"received\\":$event}" "$api/$request/response"
done
`

/** What a new function begins with. */
export const TEMPLATES: readonly { runtime: Runtime; label: string; detail: string; files: Record<string, string> }[] =
  [
    { runtime: 'nodejs24.x', label: 'Node.js', detail: "Millrace's own", files: { 'index.mjs': NODE } },
    { runtime: 'python3.13', label: 'Python', detail: "this machine's", files: { 'index.py': PYTHON } },
    { runtime: 'provided.al2023', label: 'Program', detail: 'of any kind', files: { bootstrap: PROGRAM } },
  ]

export const HANDLER = 'index.handler'

export function languageOf(path: string): string {
  if (/\.(mjs|cjs|js|json)$/.test(path)) return 'javascript'
  return path.endsWith('.py') ? 'python' : 'plaintext'
}

const kinesisRecord = (data: object) => ({
  kinesis: {
    kinesisSchemaVersion: '1.0',
    partitionKey: 'key',
    sequenceNumber: '49590338271490256608559692538361571095921575989136588898',
    data: btoa(JSON.stringify(data)),
    approximateArrivalTimestamp: 1545084650.987,
  },
  eventSource: 'aws:kinesis',
  eventVersion: '1.0',
  eventName: 'aws:kinesis:record',
  awsRegion: 'us-east-1',
})

const text = (event: object) => JSON.stringify(event, null, 2)

/** Events to try a function with. */
export const EVENTS: readonly { value: string; label: string; text: string }[] = [
  { value: 'plain', label: 'Plain event', text: text({ name: 'world' }) },
  {
    value: 'kinesis',
    label: 'Kinesis records',
    text: text({ Records: [kinesisRecord({ a: 1 }), kinesisRecord({ a: 2 })] }),
  },
  {
    value: 'firehose',
    label: 'Firehose records',
    text: text({
      invocationId: 'invocation',
      region: 'us-east-1',
      records: [
        { recordId: '00000000000000000000', approximateArrivalTimestamp: 1545084650987, data: btoa('{"a":1}') },
      ],
    }),
  },
]
