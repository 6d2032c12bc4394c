import { defineService } from '../kit/node/aws/service.ts'
import * as results from './aws/results.ts'
import * as rulesets from './aws/rulesets.ts'
import * as runs from './aws/runs.ts'

/** Data quality's part of Glue; `catalog` has the rest. */
export const service = defineService({
  name: 'Glue',
  protocol: 'awsJson1_1',
  validationCode: 'InvalidInputException',
  messageMember: 'Message',
  operations: { ...rulesets, ...runs, ...results },
})
