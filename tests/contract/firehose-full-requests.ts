import type { CreateDeliveryStreamInput, UpdateDestinationInput } from '@aws-sdk/client-firehose'

const RoleARN = 'arn:aws:iam::000000000000:role/firehose'

const s3 = (Prefix: string) => ({
  RoleARN,
  BucketARN: 'arn:aws:s3:::lake',
  Prefix,
  ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/',
  BufferingHints: { SizeInMBs: 7, IntervalInSeconds: 77 },
  CompressionFormat: 'GZIP' as const,
  EncryptionConfiguration: { NoEncryptionConfig: 'NoEncryption' as const },
  CloudWatchLoggingOptions: { Enabled: false },
})

/** A bucket for copies has no error prefix of its own. */
const copies = (Prefix: string) => ({ ...s3(Prefix), ErrorOutputPrefix: undefined, BucketARN: 'arn:aws:s3:::copies' })

const processing = {
  Enabled: true,
  Processors: [
    {
      Type: 'Decompression' as const,
      Parameters: [{ ParameterName: 'CompressionFormat' as const, ParameterValue: 'GZIP' }],
    },
    {
      Type: 'RecordDeAggregation' as const,
      Parameters: [
        { ParameterName: 'SubRecordType' as const, ParameterValue: 'DELIMITED' },
        { ParameterName: 'Delimiter' as const, ParameterValue: 'IyMjIw==' },
      ],
    },
    {
      Type: 'AppendDelimiterToRecord' as const,
      Parameters: [{ ParameterName: 'Delimiter' as const, ParameterValue: '|' }],
    },
  ],
}

const common = {
  CloudWatchLoggingOptions: { Enabled: false },
  ProcessingConfiguration: processing,
}

const openSearch = {
  ...common,
  RoleARN,
  ClusterEndpoint: 'https://search.example.com',
  IndexName: 'flights',
  TypeName: 'flight',
  IndexRotationPeriod: 'OneHour' as const,
  BufferingHints: { SizeInMBs: 9, IntervalInSeconds: 99 },
  RetryOptions: { DurationInSeconds: 11 },
  S3BackupMode: 'AllDocuments' as const,
  S3Configuration: s3('documents/'),
  DocumentIdOptions: { DefaultDocumentIdFormat: 'NO_DOCUMENT_ID' as const },
}

const extended = {
  ...s3('data/'),
  ProcessingConfiguration: processing,
  S3BackupMode: 'Enabled' as const,
  S3BackupConfiguration: copies('raw/'),
  FileExtension: '.log',
  CustomTimeZone: 'Asia/Kathmandu',
}

const converted = {
  ...s3('flights/day=!{partitionKeyFromQuery:day}/'),
  CompressionFormat: undefined,
  BufferingHints: { SizeInMBs: 64, IntervalInSeconds: 60 },
  DynamicPartitioningConfiguration: { Enabled: true },
  ProcessingConfiguration: {
    Enabled: true,
    Processors: [
      {
        Type: 'MetadataExtraction' as const,
        Parameters: [
          { ParameterName: 'MetadataExtractionQuery' as const, ParameterValue: '{day:.date[0:10]}' },
          { ParameterName: 'JsonParsingEngine' as const, ParameterValue: 'JQ-1.6' },
        ],
      },
    ],
  },
  DataFormatConversionConfiguration: {
    Enabled: true,
    SchemaConfiguration: {
      RoleARN,
      CatalogId: '000000000000',
      DatabaseName: 'db',
      TableName: 'flights',
      Region: 'us-east-1',
      VersionId: 'LATEST',
    },
    InputFormatConfiguration: {
      Deserializer: {
        OpenXJsonSerDe: { CaseInsensitive: true, ConvertDotsInJsonKeysToUnderscores: false },
        HiveJsonSerDe: {},
      },
    },
    OutputFormatConfiguration: { Serializer: { ParquetSerDe: { Compression: 'GZIP' as const } } },
  },
}

const http = {
  ...common,
  RoleARN,
  EndpointConfiguration: { Url: 'https://in.example.com/x', Name: 'mine', AccessKey: 'a key' },
  BufferingHints: { SizeInMBs: 3, IntervalInSeconds: 33 },
  RequestConfiguration: {
    ContentEncoding: 'GZIP' as const,
    CommonAttributes: [{ AttributeName: 'env', AttributeValue: 'test' }],
  },
  RetryOptions: { DurationInSeconds: 22 },
  S3BackupMode: 'AllData' as const,
  S3Configuration: s3('all/'),
  SecretsManagerConfiguration: { Enabled: false },
}

const splunk = {
  ...common,
  HECEndpoint: 'https://splunk.example.com:8088',
  HECEndpointType: 'Event' as const,
  HECToken: 'a-token',
  HECAcknowledgmentTimeoutInSeconds: 200,
  RetryOptions: { DurationInSeconds: 33 },
  S3BackupMode: 'AllEvents' as const,
  S3Configuration: s3('events/'),
  BufferingHints: { SizeInMBs: 2, IntervalInSeconds: 20 },
  SecretsManagerConfiguration: { Enabled: false },
}

const redshift = {
  ...common,
  RoleARN,
  ClusterJDBCURL: 'jdbc:redshift://millrace.us-east-1.redshift.amazonaws.com:5439/dev',
  CopyCommand: { DataTableName: 'flights', DataTableColumns: 'n', CopyOptions: "JSON 'auto' GZIP" },
  Username: 'me',
  Password: 'secret1',
  RetryOptions: { DurationInSeconds: 44 },
  S3Configuration: s3('stage/'),
  S3BackupMode: 'Enabled' as const,
  S3BackupConfiguration: copies('raw/'),
  SecretsManagerConfiguration: { Enabled: false },
}

type Create = Omit<CreateDeliveryStreamInput, 'DeliveryStreamName'>
type Update = Omit<UpdateDestinationInput, 'DeliveryStreamName' | 'CurrentDeliveryStreamVersionId' | 'DestinationId'>

/** Requests that together have every member of CreateDeliveryStream that is honoured. */
export const CREATES: readonly Create[] = [
  {
    DeliveryStreamType: 'DirectPut',
    DeliveryStreamEncryptionConfigurationInput: { KeyType: 'AWS_OWNED_CMK' },
    Tags: [{ Key: 'team', Value: 'flights' }],
    ExtendedS3DestinationConfiguration: extended,
  },
  {
    DeliveryStreamType: 'KinesisStreamAsSource',
    KinesisStreamSourceConfiguration: { KinesisStreamARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/s', RoleARN },
    ExtendedS3DestinationConfiguration: converted,
  },
  { S3DestinationConfiguration: s3('plain/') },
  { HttpEndpointDestinationConfiguration: http },
  { SplunkDestinationConfiguration: splunk },
  { AmazonopensearchserviceDestinationConfiguration: openSearch },
  { ElasticsearchDestinationConfiguration: openSearch },
  { RedshiftDestinationConfiguration: redshift },
]

/** The same for updates: each is made of a delivery stream whose destination is of the same kind, and has other values. */
export const UPDATES: readonly { readonly from: Create; readonly update: Update }[] = [
  {
    from: { ExtendedS3DestinationConfiguration: s3('x/') },
    update: { ExtendedS3DestinationUpdate: updateOf(extended) },
  },
  {
    from: { ExtendedS3DestinationConfiguration: { ...s3('x/'), CompressionFormat: 'UNCOMPRESSED' } },
    update: { ExtendedS3DestinationUpdate: updateOf(converted) },
  },
  { from: { S3DestinationConfiguration: s3('x/') }, update: { S3DestinationUpdate: s3('y/') } },
  {
    from: {
      HttpEndpointDestinationConfiguration: {
        EndpointConfiguration: { Url: 'https://old.example.com' },
        S3Configuration: s3('x/'),
      },
    },
    update: { HttpEndpointDestinationUpdate: updateOf(http) },
  },
  {
    from: {
      SplunkDestinationConfiguration: {
        HECEndpoint: 'https://old.example.com',
        HECEndpointType: 'Raw',
        HECToken: 'old',
        S3Configuration: s3('x/'),
      },
    },
    update: { SplunkDestinationUpdate: updateOf(splunk) },
  },
  {
    from: {
      AmazonopensearchserviceDestinationConfiguration: {
        RoleARN,
        ClusterEndpoint: 'https://old.example.com',
        IndexName: 'old',
        S3Configuration: s3('x/'),
      },
    },
    update: { AmazonopensearchserviceDestinationUpdate: updateOf(openSearch) },
  },
  {
    from: {
      ElasticsearchDestinationConfiguration: {
        RoleARN,
        ClusterEndpoint: 'https://old.example.com',
        IndexName: 'old',
        S3Configuration: s3('x/'),
      },
    },
    update: { ElasticsearchDestinationUpdate: updateOf(openSearch) },
  },
  {
    from: {
      RedshiftDestinationConfiguration: {
        ...redshift,
        S3BackupMode: undefined,
        S3BackupConfiguration: undefined,
        S3Configuration: { ...s3('x/'), CompressionFormat: 'UNCOMPRESSED' },
        CopyCommand: { DataTableName: 'old' },
      },
    },
    update: { RedshiftDestinationUpdate: updateOf(redshift) },
  },
]

/** OpenSearch's update has no S3BackupMode. */
function updateOf(configuration: object): object {
  const { S3Configuration, S3BackupConfiguration, S3BackupMode, ...rest } = configuration as Record<string, unknown>
  return {
    ...rest,
    ...(!('IndexName' in rest) && S3BackupMode !== undefined && { S3BackupMode }),
    ...(S3Configuration !== undefined && { S3Update: S3Configuration }),
    ...(S3BackupConfiguration !== undefined && { S3BackupUpdate: S3BackupConfiguration }),
  }
}
