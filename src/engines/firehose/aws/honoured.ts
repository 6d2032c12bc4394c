import type { Member, Shape } from '../../kit/node/aws/shapes.ts'
import { notHonoured } from './refuse.ts'

/**
 * What of each input structure is honoured, by the model's names. A member that does not stand here is refused by name wherever it is given, one
 * that a later model adds too. Roles and passwords are taken and need nothing here: nobody asks for them on one machine.
 */
export const HONOURED: Readonly<Record<string, readonly string[]>> = {
  CreateDeliveryStreamInput: [
    'DeliveryStreamName',
    'DeliveryStreamType',
    'KinesisStreamSourceConfiguration',
    'DeliveryStreamEncryptionConfigurationInput',
    'S3DestinationConfiguration',
    'ExtendedS3DestinationConfiguration',
    'RedshiftDestinationConfiguration',
    'ElasticsearchDestinationConfiguration',
    'AmazonopensearchserviceDestinationConfiguration',
    'SplunkDestinationConfiguration',
    'HttpEndpointDestinationConfiguration',
    'Tags',
  ],
  UpdateDestinationInput: [
    'DeliveryStreamName',
    'CurrentDeliveryStreamVersionId',
    'DestinationId',
    'S3DestinationUpdate',
    'ExtendedS3DestinationUpdate',
    'RedshiftDestinationUpdate',
    'ElasticsearchDestinationUpdate',
    'AmazonopensearchserviceDestinationUpdate',
    'SplunkDestinationUpdate',
    'HttpEndpointDestinationUpdate',
  ],
  StartDeliveryStreamEncryptionInput: ['DeliveryStreamName', 'DeliveryStreamEncryptionConfigurationInput'],
  StopDeliveryStreamEncryptionInput: ['DeliveryStreamName'],
  DescribeDeliveryStreamInput: ['DeliveryStreamName', 'Limit', 'ExclusiveStartDestinationId'],
  ListDeliveryStreamsInput: ['Limit', 'DeliveryStreamType', 'ExclusiveStartDeliveryStreamName'],
  DeleteDeliveryStreamInput: ['DeliveryStreamName', 'AllowForceDelete'],
  PutRecordInput: ['DeliveryStreamName', 'Record'],
  PutRecordBatchInput: ['DeliveryStreamName', 'Records'],
  Record: ['Data'],
  TagDeliveryStreamInput: ['DeliveryStreamName', 'Tags'],
  UntagDeliveryStreamInput: ['DeliveryStreamName', 'TagKeys'],
  ListTagsForDeliveryStreamInput: ['DeliveryStreamName', 'ExclusiveStartTagKey', 'Limit'],
  Tag: ['Key', 'Value'],
  KinesisStreamSourceConfiguration: ['KinesisStreamARN', 'RoleARN'],
  DeliveryStreamEncryptionConfigurationInput: ['KeyType'],
  BufferingHints: ['SizeInMBs', 'IntervalInSeconds'],
  EncryptionConfiguration: ['NoEncryptionConfig'],
  CloudWatchLoggingOptions: ['Enabled'],
  SecretsManagerConfiguration: ['Enabled'],
  ProcessingConfiguration: ['Enabled', 'Processors'],
  Processor: ['Type', 'Parameters'],
  ProcessorParameter: ['ParameterName', 'ParameterValue'],
  S3DestinationConfiguration: [
    'RoleARN',
    'BucketARN',
    'Prefix',
    'ErrorOutputPrefix',
    'BufferingHints',
    'CompressionFormat',
    'EncryptionConfiguration',
    'CloudWatchLoggingOptions',
  ],
  ExtendedS3DestinationConfiguration: [
    'RoleARN',
    'BucketARN',
    'Prefix',
    'ErrorOutputPrefix',
    'BufferingHints',
    'CompressionFormat',
    'EncryptionConfiguration',
    'CloudWatchLoggingOptions',
    'ProcessingConfiguration',
    'S3BackupMode',
    'S3BackupConfiguration',
    'DataFormatConversionConfiguration',
    'DynamicPartitioningConfiguration',
    'FileExtension',
    'CustomTimeZone',
  ],
  DynamicPartitioningConfiguration: ['Enabled'],
  DataFormatConversionConfiguration: [
    'SchemaConfiguration',
    'InputFormatConfiguration',
    'OutputFormatConfiguration',
    'Enabled',
  ],
  SchemaConfiguration: ['RoleARN', 'CatalogId', 'DatabaseName', 'TableName', 'Region', 'VersionId'],
  InputFormatConfiguration: ['Deserializer'],
  Deserializer: ['OpenXJsonSerDe', 'HiveJsonSerDe'],
  OpenXJsonSerDe: ['CaseInsensitive', 'ConvertDotsInJsonKeysToUnderscores'],
  HiveJsonSerDe: [],
  OutputFormatConfiguration: ['Serializer'],
  Serializer: ['ParquetSerDe'],
  ParquetSerDe: ['Compression'],
  HttpEndpointDestinationConfiguration: [
    'EndpointConfiguration',
    'BufferingHints',
    'CloudWatchLoggingOptions',
    'RequestConfiguration',
    'ProcessingConfiguration',
    'RoleARN',
    'RetryOptions',
    'S3BackupMode',
    'S3Configuration',
    'SecretsManagerConfiguration',
  ],
  HttpEndpointBufferingHints: ['SizeInMBs', 'IntervalInSeconds'],
  HttpEndpointConfiguration: ['Url', 'Name', 'AccessKey'],
  HttpEndpointRequestConfiguration: ['ContentEncoding', 'CommonAttributes'],
  HttpEndpointCommonAttribute: ['AttributeName', 'AttributeValue'],
  HttpEndpointRetryOptions: ['DurationInSeconds'],
  SplunkDestinationConfiguration: [
    'HECEndpoint',
    'HECEndpointType',
    'HECToken',
    'HECAcknowledgmentTimeoutInSeconds',
    'RetryOptions',
    'S3BackupMode',
    'S3Configuration',
    'ProcessingConfiguration',
    'CloudWatchLoggingOptions',
    'BufferingHints',
    'SecretsManagerConfiguration',
  ],
  SplunkBufferingHints: ['SizeInMBs', 'IntervalInSeconds'],
  SplunkRetryOptions: ['DurationInSeconds'],
  AmazonopensearchserviceDestinationConfiguration: [
    'RoleARN',
    'ClusterEndpoint',
    'IndexName',
    'TypeName',
    'IndexRotationPeriod',
    'BufferingHints',
    'RetryOptions',
    'S3BackupMode',
    'S3Configuration',
    'ProcessingConfiguration',
    'CloudWatchLoggingOptions',
    'DocumentIdOptions',
  ],
  AmazonopensearchserviceBufferingHints: ['SizeInMBs', 'IntervalInSeconds'],
  AmazonopensearchserviceRetryOptions: ['DurationInSeconds'],
  ElasticsearchBufferingHints: ['SizeInMBs', 'IntervalInSeconds'],
  ElasticsearchRetryOptions: ['DurationInSeconds'],
  DocumentIdOptions: ['DefaultDocumentIdFormat'],
  RedshiftDestinationConfiguration: [
    'RoleARN',
    'ClusterJDBCURL',
    'CopyCommand',
    'Username',
    'Password',
    'RetryOptions',
    'S3Configuration',
    'ProcessingConfiguration',
    'S3BackupMode',
    'S3BackupConfiguration',
    'CloudWatchLoggingOptions',
    'SecretsManagerConfiguration',
  ],
  CopyCommand: ['DataTableName', 'DataTableColumns', 'CopyOptions'],
  RedshiftRetryOptions: ['DurationInSeconds'],
}

/** Members that are honoured with one value alone: with another they would ask for what is not here. */
const VALUES: Readonly<Record<string, unknown>> = {
  'DeliveryStreamEncryptionConfigurationInput.KeyType': 'AWS_OWNED_CMK',
  'CloudWatchLoggingOptions.Enabled': false,
  'SecretsManagerConfiguration.Enabled': false,
  'OpenXJsonSerDe.CaseInsensitive': true,
  'OpenXJsonSerDe.ConvertDotsInJsonKeysToUnderscores': false,
  'SchemaConfiguration.CatalogId': '000000000000',
  'SchemaConfiguration.VersionId': 'LATEST',
}

/** Updates, and Elasticsearch's structures, have the members of another; two are called otherwise there. */
function honouredOf(structure: string): readonly string[] {
  const own = HONOURED[structure]
  if (own) return own
  const like = structure.replace(/^Elasticsearch/, 'Amazonopensearchservice')
  if (!like.endsWith('Update')) return HONOURED[like] ?? []
  const names = HONOURED[like.replace(/Update$/, 'Configuration')] ?? []
  return names.map((name) => (/^S3.*Configuration$/.test(name) ? name.replace('Configuration', 'Update') : name))
}

/** Whether a member of a structure is honoured, for some value at least. */
export function isHonoured(structure: Shape, member: Member): boolean {
  return honouredOf(structure.name).includes(member.name)
}

/** Throws for the first member, by path, that is given and not honoured. */
export function requireHonoured(shape: Shape, value: unknown, path = ''): void {
  for (const member of shape.members) {
    const given = (value as Record<string, unknown>)[member.name]
    if (given === undefined) continue
    const place = path ? `${path}.${member.name}` : member.name
    if (!isHonoured(shape, member)) throw notHonoured(place)
    const only = `${shape.name}.${member.name}`
    if (only in VALUES && given !== VALUES[only]) throw notHonoured(`${place} ${JSON.stringify(given)}`)
    requireInside(member.shape(), given, place)
  }
}

function requireInside(shape: Shape, value: unknown, path: string): void {
  if (shape.kind === 'structure') requireHonoured(shape, value, path)
  else if (shape.kind === 'list' && shape.element)
    for (const item of value as unknown[]) requireInside(shape.element.shape(), item, path)
}
