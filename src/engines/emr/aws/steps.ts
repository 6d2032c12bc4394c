import {
  AddJobFlowSteps$,
  type AddJobFlowStepsInput,
  type AddJobFlowStepsOutput,
  CancelSteps$,
  type CancelStepsInput,
  type CancelStepsOutput,
  DescribeStep$,
  type DescribeStepInput,
  type DescribeStepOutput,
  ListSteps$,
  type ListStepsInput,
  type ListStepsOutput,
} from '@aws-sdk/client-emr'
import { invalid } from '../errors.ts'
import { operation, pageOf, requireHonoured } from './common.ts'
import { stepInput, stepOutput } from './shapes.ts'

const STEP_IDS_MAX = 10

const AddJobFlowSteps = operation<AddJobFlowStepsInput, AddJobFlowStepsOutput>({
  schema: AddJobFlowSteps$,
  async run(input, { clients }) {
    requireHonoured(input, ['JobFlowId', 'Steps'])
    const { ids } = await clients.emr.addSteps({ cluster: input.JobFlowId!, steps: input.Steps!.map(stepInput) })
    return { StepIds: ids }
  },
})

const CancelSteps = operation<CancelStepsInput, CancelStepsOutput>({
  schema: CancelSteps$,
  async run({ ClusterId, StepIds = [], StepCancellationOption }, { clients }) {
    const done = await clients.emr.cancelSteps({
      cluster: ClusterId!,
      steps: StepIds,
      kill: StepCancellationOption !== undefined,
    })
    return {
      CancelStepsInfoList: done.map(({ step, submitted, reason }) => ({
        StepId: step,
        Status: submitted ? 'SUBMITTED' : 'FAILED',
        Reason: reason,
      })),
    }
  },
})

const DescribeStep = operation<DescribeStepInput, DescribeStepOutput>({
  schema: DescribeStep$,
  async run({ ClusterId, StepId }, { clients }) {
    const step = (await clients.emr.listSteps({ cluster: ClusterId! })).find(({ id }) => id === StepId)
    if (!step) throw invalid(`Step id '${StepId}' is not valid.`, 'StepId')
    return { Step: stepOutput(step) }
  },
})

/** Newest first. */
const ListSteps = operation<ListStepsInput, ListStepsOutput>({
  schema: ListSteps$,
  async run({ ClusterId, StepStates, StepIds, Marker }, { clients }) {
    if (StepIds && StepIds.length > STEP_IDS_MAX)
      throw invalid(`At most ${STEP_IDS_MAX} step ids may be given.`, 'StepIds')
    const all = (await clients.emr.listSteps({ cluster: ClusterId! })).filter(
      ({ id, state }) =>
        (!StepStates?.length || StepStates.includes(state)) && (!StepIds?.length || StepIds.includes(id)),
    )
    const { page, ...more } = pageOf(all.toReversed(), Marker)
    return { Steps: page.map(stepOutput), ...more }
  },
})

export const stepOperations = { AddJobFlowSteps, CancelSteps, DescribeStep, ListSteps }
