import * as model from '@aws-sdk/client-emr'
import { operationsOfModel } from '../../kit/node/aws/service.ts'
import { notHonoured, operation } from './common.ts'

const STUDIOS = 'studios and notebooks are pages of the AWS console'
const PAGES = 'Spark, YARN and Tez have no pages here: see the pages of MapReduce and EMR in Millrace'
const SESSIONS = 'there is no Spark Connect server here'

/** Operations of the model that have no meaning on one machine, with the reason that they are refused with. */
const REFUSED: Readonly<Record<string, string>> = {
  CreatePersistentAppUI: PAGES,
  CreateStudio: STUDIOS,
  CreateStudioSessionMapping: STUDIOS,
  DeleteStudio: STUDIOS,
  DeleteStudioSessionMapping: STUDIOS,
  DescribeJobFlows: 'it is deprecated: DescribeCluster, ListClusters and ListSteps say the same',
  DescribeNotebookExecution: STUDIOS,
  DescribePersistentAppUI: PAGES,
  DescribeStudio: STUDIOS,
  GetBlockPublicAccessConfiguration: 'nothing of Millrace can be reached from outside this machine',
  GetClusterSessionCredentials: 'there are no runtime roles here',
  GetOnClusterAppUIPresignedURL: PAGES,
  GetPersistentAppUIPresignedURL: PAGES,
  GetSession: SESSIONS,
  GetSessionEndpoint: SESSIONS,
  GetStudioSessionMapping: STUDIOS,
  ListNotebookExecutions: STUDIOS,
  ListSessions: SESSIONS,
  ListStudioSessionMappings: STUDIOS,
  ListStudios: STUDIOS,
  PutAutoScalingPolicy: 'use a managed scaling policy',
  PutBlockPublicAccessConfiguration: 'nothing of Millrace can be reached from outside this machine',
  RemoveAutoScalingPolicy: 'use a managed scaling policy',
  StartNotebookExecution: STUDIOS,
  StartSession: SESSIONS,
  StopNotebookExecution: STUDIOS,
  TerminateSession: SESSIONS,
  UpdateStudio: STUDIOS,
  UpdateStudioSessionMapping: STUDIOS,
}

export const refusedOperations = Object.fromEntries(
  operationsOfModel(model)
    .filter(([, , name]) => name in REFUSED)
    .map((schema) => [
      schema[2],
      operation<object, never>({
        schema,
        run() {
          throw notHonoured(schema[2], REFUSED[schema[2]])
        },
      }),
    ]),
)
