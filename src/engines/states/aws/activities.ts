import * as sfn from '@aws-sdk/client-sfn'
import { noActivity } from '../errors.ts'
import { dateOf, notHonoured, operation, pageOf, requireName, tagsOf } from './common.ts'

const CreateActivity = operation<sfn.CreateActivityInput, sfn.CreateActivityOutput>({
  schema: sfn.CreateActivity$,
  async run({ name, tags, encryptionConfiguration: encryption }, { clients }) {
    if (encryption?.type !== undefined && encryption.type !== 'AWS_OWNED_KEY')
      throw notHonoured('encryptionConfiguration')
    const activity = await clients.states.createActivity({ name: requireName(name!), tags: tagsOf(tags) })
    return { activityArn: activity.arn, creationDate: dateOf(activity.createdMs) }
  },
})

const DeleteActivity = operation<sfn.DeleteActivityInput, sfn.DeleteActivityOutput>({
  schema: sfn.DeleteActivity$,
  run: ({ activityArn }, { clients }) => clients.states.deleteActivity({ arn: activityArn! }),
})

const DescribeActivity = operation<sfn.DescribeActivityInput, sfn.DescribeActivityOutput>({
  schema: sfn.DescribeActivity$,
  async run({ activityArn }, { clients }) {
    const activity = (await clients.states.listActivities({})).find(({ arn }) => arn === activityArn)
    if (!activity) throw noActivity(activityArn!)
    return { activityArn: activity.arn, name: activity.name, creationDate: dateOf(activity.createdMs) }
  },
})

const ListActivities = operation<sfn.ListActivitiesInput, sfn.ListActivitiesOutput>({
  schema: sfn.ListActivities$,
  constraints: { maxResults: { range: [0, 1000] } },
  async run({ maxResults, nextToken }, { clients }) {
    const { page, ...more } = pageOf(await clients.states.listActivities({}), nextToken, maxResults)
    const activities = page.map(({ arn, name, createdMs }) => ({
      activityArn: arn,
      name,
      creationDate: dateOf(createdMs),
    }))
    return { activities, ...more }
  },
})

const GetActivityTask = operation<sfn.GetActivityTaskInput, sfn.GetActivityTaskOutput>({
  schema: sfn.GetActivityTask$,
  run: ({ activityArn, workerName }, { clients, signal }) =>
    clients.states.getActivityTask(
      { arn: activityArn!, ...(workerName !== undefined && { worker: workerName }) },
      { signal },
    ),
})

const SendTaskSuccess = operation<sfn.SendTaskSuccessInput, sfn.SendTaskSuccessOutput>({
  schema: sfn.SendTaskSuccess$,
  run: ({ taskToken, output }, { clients }) =>
    clients.states.sendTaskSuccess({ taskToken: taskToken!, output: output! }),
})

const SendTaskFailure = operation<sfn.SendTaskFailureInput, sfn.SendTaskFailureOutput>({
  schema: sfn.SendTaskFailure$,
  run: ({ taskToken, error, cause }, { clients }) =>
    clients.states.sendTaskFailure({
      taskToken: taskToken!,
      ...(error !== undefined && { error }),
      ...(cause !== undefined && { cause }),
    }),
})

const SendTaskHeartbeat = operation<sfn.SendTaskHeartbeatInput, sfn.SendTaskHeartbeatOutput>({
  schema: sfn.SendTaskHeartbeat$,
  run: ({ taskToken }, { clients }) => clients.states.sendTaskHeartbeat({ taskToken: taskToken! }),
})

export const activityOperations = {
  CreateActivity,
  DeleteActivity,
  DescribeActivity,
  GetActivityTask,
  ListActivities,
  SendTaskFailure,
  SendTaskHeartbeat,
  SendTaskSuccess,
}
