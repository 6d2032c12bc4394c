interface Keys {
  accessKeyId: string
  secretAccessKey: string
  region: string
}

/** Shell variables with which the AWS CLI and every SDK talk to this program. */
export function envExports(url: string, keys: Keys): string {
  return [
    `export AWS_ENDPOINT_URL=${url}`,
    `export AWS_ACCESS_KEY_ID=${keys.accessKeyId}`,
    `export AWS_SECRET_ACCESS_KEY=${keys.secretAccessKey}`,
    `export AWS_REGION=${keys.region}`,
  ].join('\n')
}

/** The same as a profile for `~/.aws/config`. */
export function profileText(url: string, keys: Keys): string {
  return [
    '[profile millrace]',
    `endpoint_url = ${url}`,
    `aws_access_key_id = ${keys.accessKeyId}`,
    `aws_secret_access_key = ${keys.secretAccessKey}`,
    `region = ${keys.region}`,
  ].join('\n')
}

/** A client of the AWS SDK for JavaScript. S3 needs path-style addresses, since the endpoint has no bucket subdomains. */
export function sdkSnippet(url: string, keys: Keys): string {
  return `import { KinesisClient, ListStreamsCommand } from '@aws-sdk/client-kinesis'
import { S3Client } from '@aws-sdk/client-s3'

const connection = {
  endpoint: '${url}',
  region: '${keys.region}',
  credentials: { accessKeyId: '${keys.accessKeyId}', secretAccessKey: '${keys.secretAccessKey}' },
}
const kinesis = new KinesisClient(connection)
const s3 = new S3Client({ ...connection, forcePathStyle: true })
console.log(await kinesis.send(new ListStreamsCommand({})))`
}

export function pythonSnippet(url: string, keys: Keys): string {
  return `import boto3

session = boto3.Session(
    aws_access_key_id="${keys.accessKeyId}",
    aws_secret_access_key="${keys.secretAccessKey}",
    region_name="${keys.region}",
)
kinesis = session.client("kinesis", endpoint_url="${url}")
print(kinesis.list_streams()["StreamNames"])`
}

export function cliSnippet(url: string): string {
  return `aws --endpoint-url ${url} kinesis list-streams\naws --endpoint-url ${url} s3 ls`
}
