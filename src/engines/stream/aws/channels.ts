import {
  CreateChannel$,
  type CreateChannelInput,
  type CreateChannelOutput,
  DeleteChannel$,
  type DeleteChannelInput,
  DescribeChannel$,
  type DescribeChannelInput,
  type DescribeChannelOutput,
  ListChannels$,
  type ListChannelsInput,
  type ListChannelsOutput,
  UpdateChannel$,
  type UpdateChannelInput,
  type UpdateChannelOutput,
} from '@aws-sdk/client-kinesis'
import { EngineError } from '../../kit/pure/errors.ts'
import { ACCOUNT_ID } from '../../kit/pure/ids.ts'
import { invalidArgument, NAMING, NEXT_TOKEN, operation } from './common.ts'
import { parseArn } from './resource.ts'
import { readToken } from './token.ts'

/**
 * Channels deliver a stream to S3 by themselves. Millrace delivers by Firehose, so that there never is a channel: none can be created,
 * and all the others say so truthfully.
 */
const CHANNEL_ARN = { length: [1, 2048] } as const

/** Checked as the service says, so that a wrong request is told what is wrong with it before it is told that it cannot be had. */
export const CreateChannel = operation<CreateChannelInput, CreateChannelOutput>({
  schema: CreateChannel$,
  constraints: {
    ChannelName: { length: [1, 128] },
    StreamConfigurationList: { length: [1, 1] },
    'StreamConfigurationList[].StreamARN': NAMING.StreamARN,
    'StreamConfigurationList[].RecordConfiguration.RecordFormatType': {
      values: ['BYTE_ARRAY', 'GSR_JSON', 'JSON', 'STRING'],
    },
  },
  async run(input, { clients }) {
    const { S3DestinationConfiguration: s3, S3TablesDestinationConfiguration: tables } = input
    if ((s3 === undefined) === (tables === undefined))
      throw invalidArgument(
        'Specify either S3DestinationConfiguration or S3TablesDestinationConfiguration, but not both.',
      )
    const { stream } = parseArn(input.StreamConfigurationList![0].StreamARN!)
    const { mode } = await clients.stream.describeStream({ stream })
    if (mode !== 'ON_DEMAND')
      throw invalidArgument(
        `Channels are only supported for streams with StreamMode ON_DEMAND; stream ${stream} under account ${ACCOUNT_ID} has ${mode}.`,
      )
    const field = s3 ? 'S3DestinationConfiguration' : 'S3TablesDestinationConfiguration'
    throw invalidArgument(
      `Millrace does not offer ${field} of this operation: it has no channels. A Firehose delivery stream with this stream as its source delivers to S3.`,
    )
  },
})

export const DescribeChannel = operation<DescribeChannelInput, DescribeChannelOutput>({
  schema: DescribeChannel$,
  constraints: { ChannelARN: CHANNEL_ARN },
  run: (input) => notFound(input.ChannelARN!),
})

export const UpdateChannel = operation<UpdateChannelInput, UpdateChannelOutput>({
  schema: UpdateChannel$,
  constraints: { ChannelARN: CHANNEL_ARN },
  run: (input) => notFound(input.ChannelARN!),
})

export const DeleteChannel = operation<DeleteChannelInput, object>({
  schema: DeleteChannel$,
  constraints: { ChannelARN: CHANNEL_ARN },
  run: (input) => notFound(input.ChannelARN!),
})

export const ListChannels = operation<ListChannelsInput, ListChannelsOutput>({
  schema: ListChannels$,
  constraints: {
    'StreamFilter[].StreamARN': NAMING.StreamARN,
    MaxResults: { range: [1, 10_000] },
    NextToken: NEXT_TOKEN,
  },
  run({ NextToken }) {
    // No page is ever followed by another, so that no token is one of ours.
    if (NextToken !== undefined) readToken('ListChannels', NextToken)
    return { ChannelSummaries: [] }
  },
})

function notFound(arn: string): never {
  throw new EngineError('ResourceNotFoundException', `Channel ${arn} under account ${ACCOUNT_ID} not found.`)
}
