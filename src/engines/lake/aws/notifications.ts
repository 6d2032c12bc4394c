import {
  type Event,
  GetBucketNotificationConfiguration$,
  type GetBucketNotificationConfigurationRequest,
  type LambdaFunctionConfiguration,
  type NotificationConfiguration,
  PutBucketNotificationConfiguration$,
  type PutBucketNotificationConfigurationRequest,
} from '@aws-sdk/client-s3'
import type { Clients } from '../../contract.ts'
import { operationsOf } from '../../kit/node/aws/service.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { arn } from '../../kit/pure/ids.ts'
import { type Notification, S3_EVENTS } from '../contract.ts'
import { operation, refuse } from './common.ts'

const withFunctions = operationsOf<Pick<Clients, 'lake' | 'functions'>>()

const invalid = (message: string) => new EngineError('InvalidArgument', message)

function readConfiguration(wire: LambdaFunctionConfiguration, index: number): Notification {
  const name =
    /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:([a-zA-Z0-9-_]{1,64}(?::[a-zA-Z0-9-_]{1,128})?)$/.exec(
      wire.LambdaFunctionArn ?? '',
    )
  if (!name) throw invalid('The ARN could not be parsed')
  const events = wire.Events ?? []
  for (const Events of events) refuse({ Events }, ['Events'], S3_EVENTS)
  const rules = wire.Filter?.Key?.FilterRules ?? []
  const affix = (wanted: string) => {
    const found = rules.filter((rule) => rule.Name?.toLowerCase() === wanted)
    if (found.length > 1) throw invalid(`Cannot specify more than one ${wanted} rule in a filter.`)
    return found[0]?.Value ?? ''
  }
  if (rules.some((rule) => !['prefix', 'suffix'].includes(rule.Name?.toLowerCase() ?? '')))
    throw invalid('filter rule name must be either prefix or suffix')
  return {
    id: wire.Id ?? `notification-${index + 1}`,
    function: name[1],
    events,
    prefix: affix('prefix'),
    suffix: affix('suffix'),
  }
}

function writeConfiguration(one: Notification): LambdaFunctionConfiguration {
  const rules = [
    ...(one.prefix === '' ? [] : [{ Name: 'prefix' as const, Value: one.prefix }]),
    ...(one.suffix === '' ? [] : [{ Name: 'suffix' as const, Value: one.suffix }]),
  ]
  return {
    Id: one.id,
    LambdaFunctionArn: arn('lambda', `function:${one.function}`),
    Events: one.events as Event[],
    ...(rules.length > 0 && { Filter: { Key: { FilterRules: rules } } }),
  }
}

export const notificationOperations = {
  PutBucketNotificationConfiguration: withFunctions<PutBucketNotificationConfigurationRequest, object>({
    schema: PutBucketNotificationConfiguration$,
    async run(input, { clients }) {
      refuse(input, [])
      const {
        LambdaFunctionConfigurations: lambdas = [],
        EventBridgeConfiguration,
        ...others
      } = input.NotificationConfiguration ?? {}
      refuse(others, ['TopicConfigurations', 'QueueConfigurations'])
      const notifications = lambdas.map(readConfiguration)
      if (!input.SkipDestinationValidation)
        for (const { function: name } of notifications)
          await clients.functions.describeFunction({ name }).catch(() => {
            throw invalid('Unable to validate the following destination configurations')
          })
      await clients.lake.changeBucket({
        bucket: input.Bucket!,
        notifications,
        eventBridge: EventBridgeConfiguration ? true : null,
      })
      return {}
    },
  }),

  GetBucketNotificationConfiguration: operation<GetBucketNotificationConfigurationRequest, NotificationConfiguration>({
    schema: GetBucketNotificationConfiguration$,
    async run(input, { clients }) {
      refuse(input, [])
      const { notifications = [], eventBridge } = await clients.lake.bucketSettings({ bucket: input.Bucket! })
      return {
        ...(notifications.length > 0 && { LambdaFunctionConfigurations: notifications.map(writeConfiguration) }),
        ...(eventBridge && { EventBridgeConfiguration: {} }),
      }
    },
  }),
}
