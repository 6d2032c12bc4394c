import type { Clients } from '../../contract.ts'
import { operationsOf } from '../../kit/node/aws/service.ts'

export const operation = operationsOf<Pick<Clients, 'firehose'>>()

/** What the model says of names. */
export const NAME = { length: [1, 64], pattern: /[a-zA-Z0-9_.-]+/ } as const

/** The role of what was not made through the API. */
export const ROLE = 'arn:aws:iam::000000000000:role/millrace'
