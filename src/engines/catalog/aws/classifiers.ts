import {
  type Classifier,
  CreateClassifier$,
  type CreateClassifierRequest,
  type CreateClassifierResponse,
  DeleteClassifier$,
  type DeleteClassifierRequest,
  type DeleteClassifierResponse,
  GetClassifier$,
  type GetClassifierRequest,
  type GetClassifierResponse,
  GetClassifiers$,
  type GetClassifiersRequest,
  type GetClassifiersResponse,
  UpdateClassifier$,
  type UpdateClassifierRequest,
  type UpdateClassifierResponse,
} from '@aws-sdk/client-glue'
import { page, refuse } from '../../kit/node/aws/glue.ts'
import type { Kept } from '../contract.ts'
import { invalid } from '../model.ts'
import { NAME, operation, packed, paged, unpacked } from './common.ts'

type Stored = Pick<Classifier, 'GrokClassifier' | 'CsvClassifier' | 'JsonClassifier'>

const constraints = {
  'GrokClassifier.Name': NAME,
  'GrokClassifier.GrokPattern': { length: [1, 2048] },
  'GrokClassifier.CustomPatterns': { length: [0, 16_000] },
  'CsvClassifier.Name': NAME,
  'CsvClassifier.Delimiter': { length: [1, 1] },
  'CsvClassifier.QuoteSymbol': { length: [1, 1] },
  'CsvClassifier.ContainsHeader': { values: ['UNKNOWN', 'PRESENT', 'ABSENT'] },
  'CsvClassifier.Serde': { values: ['OpenCSVSerDe', 'LazySimpleSerDe', 'None'] },
  'CsvClassifier.CustomDatatypes[]': {
    values: ['BINARY', 'BOOLEAN', 'DATE', 'DECIMAL', 'DOUBLE', 'FLOAT', 'INT', 'LONG', 'SHORT', 'STRING', 'TIMESTAMP'],
  },
  'JsonClassifier.Name': NAME,
} as const

/** The one classifier that a request gives; what cannot be honoured is refused before it is kept. */
function given(input: CreateClassifierRequest | UpdateClassifierRequest): { name: string; stored: Stored } {
  refuse(input, 'XMLClassifier')
  const { GrokClassifier, CsvClassifier, JsonClassifier } = input
  const all = [GrokClassifier, CsvClassifier, JsonClassifier].filter((one) => one !== undefined)
  if (all.length !== 1) throw invalid('Exactly one of GrokClassifier, JsonClassifier and CsvClassifier is needed.')
  const stored = {
    ...(GrokClassifier && { GrokClassifier }),
    ...(CsvClassifier && { CsvClassifier }),
    ...(JsonClassifier && { JsonClassifier }),
  } as Stored
  return { name: all[0].Name!, stored }
}

function toGlue({ document, createdMs, updatedMs }: Kept): Classifier {
  const { Version, ...stored } = unpacked<Stored & { Version?: number }>(document)
  const [[kind, classifier]] = Object.entries(stored)
  return {
    [kind]: {
      ...classifier,
      CreationTime: new Date(createdMs),
      LastUpdated: new Date(updatedMs),
      Version: Version ?? 1,
    },
  }
}

export const CreateClassifier = operation<CreateClassifierRequest, CreateClassifierResponse>({
  schema: CreateClassifier$,
  constraints,
  async run(input, { clients }) {
    const { name, stored } = given(input)
    await clients.catalog.keep({ kind: 'classifier', name, document: packed(stored), how: 'create' })
    return {}
  },
})

export const UpdateClassifier = operation<UpdateClassifierRequest, UpdateClassifierResponse>({
  schema: UpdateClassifier$,
  constraints,
  async run(input, { clients }) {
    const { name, stored } = given(input)
    const [[kind, changes]] = Object.entries(stored)
    const { document } = await clients.catalog.getKept({ kind: 'classifier', name })
    const { Version = 1, ...old } = unpacked<Record<string, object> & { Version?: number }>(document)
    if (!old[kind as keyof typeof old]) throw invalid(`Classifier ${name} is no ${kind}.`)
    const updated = { [kind]: { ...(old[kind as keyof typeof old] as object), ...changes } }
    const next = packed({ ...updated, Version: Version + 1 })
    await clients.catalog.keep({ kind: 'classifier', name, document: next, how: 'update' })
    return {}
  },
})

export const GetClassifier = operation<GetClassifierRequest, GetClassifierResponse>({
  schema: GetClassifier$,
  constraints: { Name: NAME },
  async run({ Name }, { clients }) {
    return { Classifier: toGlue(await clients.catalog.getKept({ kind: 'classifier', name: Name! })) }
  },
})

export const GetClassifiers = operation<GetClassifiersRequest, GetClassifiersResponse>({
  schema: GetClassifiers$,
  constraints: paged,
  async run({ NextToken, MaxResults }, { clients }) {
    const { items, ...next } = page(await clients.catalog.listKept({ kind: 'classifier' }), NextToken, MaxResults)
    return { Classifiers: items.map(toGlue), ...next }
  },
})

export const DeleteClassifier = operation<DeleteClassifierRequest, DeleteClassifierResponse>({
  schema: DeleteClassifier$,
  constraints: { Name: NAME },
  async run({ Name }, { clients }) {
    await clients.catalog.forget({ kind: 'classifier', name: Name! })
    return {}
  },
})
