import * as sfn from '@aws-sdk/client-sfn'
import { dateOf, operation, pageOf } from './common.ts'

const DescribeMapRun = operation<sfn.DescribeMapRunInput, sfn.DescribeMapRunOutput>({
  schema: sfn.DescribeMapRun$,
  async run({ mapRunArn }, { clients }) {
    const map = await clients.states.describeMapRun({ mapRunArn: mapRunArn! })
    const { arn, executionArn, status, maxConcurrency, redriveCount, executionCounts, itemCounts } = map
    return {
      mapRunArn: arn,
      executionArn,
      status,
      startDate: dateOf(map.startedMs),
      ...(map.stoppedMs !== undefined && { stopDate: dateOf(map.stoppedMs) }),
      maxConcurrency,
      toleratedFailurePercentage: map.toleratedFailurePercentage ?? 0,
      toleratedFailureCount: map.toleratedFailureCount ?? 0,
      executionCounts,
      itemCounts,
      redriveCount,
      ...(map.redrivenMs !== undefined && { redriveDate: dateOf(map.redrivenMs) }),
    }
  },
})

const ListMapRuns = operation<sfn.ListMapRunsInput, sfn.ListMapRunsOutput>({
  schema: sfn.ListMapRuns$,
  constraints: { maxResults: { range: [0, 1000] } },
  async run({ executionArn, maxResults, nextToken }, { clients }) {
    const all = await clients.states.listMapRuns({ executionArn: executionArn! })
    const { page, ...more } = pageOf(all, nextToken, maxResults)
    const mapRuns = page.map(({ arn, machineArn, startedMs, stoppedMs }) => ({
      executionArn,
      mapRunArn: arn,
      stateMachineArn: machineArn,
      startDate: dateOf(startedMs),
      ...(stoppedMs !== undefined && { stopDate: dateOf(stoppedMs) }),
    }))
    return { mapRuns, ...more }
  },
})

const UpdateMapRun = operation<sfn.UpdateMapRunInput, sfn.UpdateMapRunOutput>({
  schema: sfn.UpdateMapRun$,
  constraints: {
    maxConcurrency: { range: [0, Number.MAX_SAFE_INTEGER] },
    toleratedFailurePercentage: { range: [0, 100] },
    toleratedFailureCount: { range: [0, Number.MAX_SAFE_INTEGER] },
  },
  async run({ mapRunArn, maxConcurrency, toleratedFailurePercentage, toleratedFailureCount }, { clients }) {
    await clients.states.updateMapRun({
      mapRunArn: mapRunArn!,
      ...(maxConcurrency !== undefined && { maxConcurrency }),
      ...(toleratedFailurePercentage !== undefined && { toleratedFailurePercentage }),
      ...(toleratedFailureCount !== undefined && { toleratedFailureCount }),
    })
    return {}
  },
})

export const mapRunOperations = { DescribeMapRun, ListMapRuns, UpdateMapRun }
