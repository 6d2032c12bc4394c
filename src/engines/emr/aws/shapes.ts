import type { Configuration, StepConfig } from '@aws-sdk/client-emr'
import type { Cluster, Step } from '../contract.ts'
import { notHonoured, requireHonoured, tagsOf } from './common.ts'

export function stepInput(step: StepConfig) {
  requireHonoured(step, ['ActionOnFailure', 'HadoopJarStep', 'Name'], 'Steps.')
  const { Jar = '', MainClass, Args = [], Properties } = step.HadoopJarStep!
  if (Properties?.length) throw notHonoured('Steps.HadoopJarStep.Properties', 'give them as arguments')
  const action = step.ActionOnFailure === 'TERMINATE_JOB_FLOW' ? 'TERMINATE_CLUSTER' : step.ActionOnFailure
  return {
    name: step.Name!,
    // "TERMINATE_JOB_FLOW" is its older name; without one, the step goes by the API's default.
    actionOnFailure: action ?? ('CONTINUE' as const),
    jar: Jar,
    ...(MainClass && { mainClass: MainClass }),
    args: Args,
    properties: tagsOf(Properties),
  }
}

export function stepOutput(step: Step) {
  const { id, name, jar, mainClass, args, properties, actionOnFailure, state, reason, failure } = step
  const date = (timeMs: number | undefined) => (timeMs === undefined ? undefined : new Date(timeMs))
  return {
    Id: id,
    Name: name,
    Config: { Jar: jar, MainClass: mainClass, Args: args, Properties: properties },
    ActionOnFailure: actionOnFailure,
    Status: {
      State: state,
      StateChangeReason: reason ? { Message: reason.message } : {},
      FailureDetails: failure && { Reason: failure.reason, Message: failure.message, LogFile: failure.logFile },
      Timeline: {
        CreationDateTime: date(step.createdMs),
        StartDateTime: date(step.startedMs),
        EndDateTime: date(step.endedMs),
      },
    },
  }
}

export function configurationsOf(given: readonly Configuration[] = []): Cluster['configurations'] {
  return given.map((configuration) => {
    requireHonoured(configuration, ['Classification', 'Properties'], 'Configurations.')
    return { classification: configuration.Classification ?? '', properties: configuration.Properties ?? {} }
  })
}
