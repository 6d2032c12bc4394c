import {
  type PropertyPredicate,
  SearchTables$,
  type SearchTablesRequest,
  type SearchTablesResponse,
} from '@aws-sdk/client-glue'
import { page, refuse } from '../../kit/node/aws/glue.ts'
import type { CatalogTable } from '../contract.ts'
import { invalid } from '../model.ts'
import { operation, refuseOtherCatalog } from './common.ts'
import { tableToGlue } from './table-shapes.ts'

/** What a table may be searched and sorted by (AWS Glue API, SearchTables, "Filters"). */
const FIELDS: Readonly<Record<string, (table: CatalogTable) => string | number>> = {
  databasename: ({ database }) => database,
  name: ({ name }) => name,
  description: ({ description }) => description ?? '',
  tabletype: ({ viewText }) => (viewText === undefined ? 'EXTERNAL_TABLE' : 'VIRTUAL_VIEW'),
  createtime: ({ createdMs }) => createdMs / 1000,
  updatetime: ({ updatedMs }) => updatedMs / 1000,
  location: ({ location }) => location,
  classification: ({ parameters, format }) => parameters.classification ?? format,
}

function fieldOf(table: CatalogTable, key: string): string | number {
  const field = FIELDS[key.toLowerCase()]
  return field ? field(table) : (table.parameters[key] ?? '')
}

const comparisons = {
  EQUALS: (order: number) => order === 0,
  GREATER_THAN: (order: number) => order > 0,
  LESS_THAN: (order: number) => order < 0,
  GREATER_THAN_EQUALS: (order: number) => order >= 0,
  LESS_THAN_EQUALS: (order: number) => order <= 0,
}

/** Filters on text without a comparator look for the words in it, as a person's search would. */
function passes(table: CatalogTable, { Key, Value, Comparator }: PropertyPredicate): boolean {
  if (Key === undefined || Value === undefined) throw invalid('A filter needs its Key and Value.')
  const found = fieldOf(table, Key)
  if (typeof found === 'number') return comparisons[Comparator ?? 'EQUALS'](found - numberOf(Value))
  if (Comparator !== undefined) return comparisons[Comparator](compare(found.toLowerCase(), Value.toLowerCase()))
  return words(found).includes(Value.toLowerCase()) || found.toLowerCase() === Value.toLowerCase()
}

const words = (text: string) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u)
const compare = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0)

function numberOf(text: string): number {
  const value = /^\d{4}-/.test(text) ? Date.parse(text) / 1000 : Number(text)
  if (Number.isNaN(value)) throw invalid(`'${text}' is no time.`)
  return value
}

/** Names, descriptions, columns, comments and parameters: a quoted text is meant whole, else each word is looked for. */
function says(table: CatalogTable, text: string): boolean {
  const columns = [...table.columns, ...table.partitionKeys]
  const said = [
    table.name,
    table.database,
    table.description ?? '',
    ...columns.flatMap(({ name, comment }) => [name, comment ?? '']),
    ...Object.entries(table.parameters).flat(),
  ].map((part) => part.toLowerCase())
  const quoted = /^"(.*)"$/.exec(text.trim())
  if (quoted) return said.includes(quoted[1].toLowerCase())
  return words(text).every((word) => said.some((part) => part.includes(word)))
}

export const SearchTables = operation<SearchTablesRequest, SearchTablesResponse>({
  schema: SearchTables$,
  constraints: {
    MaxResults: { range: [1, 1000] },
    SortCriteria: { length: [0, 1] },
    SearchText: { length: [0, 1024] },
  },
  async run(input, { clients }) {
    refuseOtherCatalog(input)
    refuse(input, 'ResourceShareType')
    const databases = await clients.catalog.listDatabases({})
    const lists = await Promise.all(databases.map(({ name }) => clients.catalog.listTables({ database: name })))
    const found = lists
      .flat()
      .filter((table) => (input.Filters ?? []).every((filter) => passes(table, filter)))
      .filter((table) => !input.SearchText || says(table, input.SearchText))
    const order = input.SortCriteria?.[0]
    if (order?.FieldName) {
      const sign = order.Sort === 'DESC' ? -1 : 1
      found.sort((a, b) => sign * compare(fieldOf(a, order.FieldName!), fieldOf(b, order.FieldName!)))
    }
    const { items, ...next } = page(found, input.NextToken, input.MaxResults ?? 1000)
    return { TableList: items.map(tableToGlue), ...next }
  },
})
