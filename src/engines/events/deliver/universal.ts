import { EngineError } from '../../kit/pure/errors.ts'
import { invalid } from '../errors.ts'
import type { Place, TargetClients } from './places.ts'
import { lastPart, lowerNames, overridesOf } from './requests.ts'

type Request = Record<string, unknown>
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Of a member that is not among these, the whole request is refused: nothing is left out in silence. */
function only(request: Request, names: readonly string[]): Request {
  const members = lowerNames(request)
  const strange = Object.keys(members).find((name) => !names.includes(name))
  if (strange) throw new EngineError('ValidationException', `Millrace does not support ${strange} in this target.`)
  return members
}

/** Operations of other services that a schedule may ask for (Scheduler user guide, "Using universal targets"), by their names there. */
const OPERATIONS: Readonly<Record<string, (clients: TargetClients, request: Request) => Promise<string>>> = {
  async 'batch:submitJob'({ batch }, request) {
    const names = ['containerOverrides', 'jobDefinition', 'jobName', 'jobQueue', 'parameters']
    const { jobName, jobQueue, jobDefinition, parameters = {}, containerOverrides = {} } = only(request, names)
    const job = await batch.submit({
      name: text(jobName),
      queue: lastPart(text(jobQueue)),
      definition: lastPart(text(jobDefinition)),
      parameters: parameters as Record<string, string>,
      overrides: overridesOf(containerOverrides as Request),
    })
    return job.id
  },
  async 'glue:startCrawler'({ catalog }, request) {
    return (await catalog.startCrawler({ crawler: text(only(request, ['name']).name) })).crawlId
  },
  async 'athena:startQueryExecution'({ athena }, request) {
    const names = ['queryExecutionContext', 'queryString', 'resultConfiguration', 'workGroup']
    const { queryString, workGroup, queryExecutionContext = {}, resultConfiguration = {} } = only(request, names)
    const { database } = only(queryExecutionContext as Request, ['database', 'catalog'])
    const { outputLocation } = only(resultConfiguration as Request, ['outputLocation'])
    const query = await athena.startQuery({
      sql: text(queryString),
      ...(database !== undefined && { database: text(database) }),
      ...(workGroup !== undefined && { workGroup: text(workGroup) }),
      ...(outputLocation !== undefined && { outputLocation: text(outputLocation) }),
      resultFile: true,
    })
    return query.queryId
  },
}

export const universal: Place = {
  for: ['schedule'],
  check({ arn }) {
    const name = arn.slice(arn.indexOf(':aws-sdk:') + ':aws-sdk:'.length)
    if (!Object.hasOwn(OPERATIONS, name))
      throw invalid(
        `${arn} is not supported here. Universal targets of Millrace are ${Object.keys(OPERATIONS).join(', ')}.`,
        'Target.Arn',
      )
  },
  deliver: (clients, { payload }, name) => OPERATIONS[name](clients, JSON.parse(payload)),
}
