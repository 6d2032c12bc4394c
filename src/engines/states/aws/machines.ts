import * as sfn from '@aws-sdk/client-sfn'
import type { Machine } from '../contract.ts'
import { fail, noMachine } from '../errors.ts'
import { dateOf, notHonoured, operation, pageOf, requireHonoured, requireName, tagsOf } from './common.ts'

/** Logs, traces and keys have no meaning here: what turns them on is refused, what says "off" is taken. */
function requirePlain(input: {
  loggingConfiguration?: sfn.LoggingConfiguration
  tracingConfiguration?: sfn.TracingConfiguration
  encryptionConfiguration?: sfn.EncryptionConfiguration
}): void {
  const { loggingConfiguration: logging, tracingConfiguration: tracing, encryptionConfiguration: encryption } = input
  if (logging?.level !== undefined && logging.level !== 'OFF') throw notHonoured('loggingConfiguration')
  if (tracing?.enabled) throw notHonoured('tracingConfiguration')
  if (encryption?.type !== undefined && encryption.type !== 'AWS_OWNED_KEY')
    throw notHonoured('encryptionConfiguration')
}

const CreateStateMachine = operation<sfn.CreateStateMachineInput, sfn.CreateStateMachineOutput>({
  schema: sfn.CreateStateMachine$,
  constraints: { type: { values: ['STANDARD', 'EXPRESS'] } },
  async run(input, { clients: { states } }) {
    requirePlain(input)
    const machine = await states.createMachine({
      name: requireName(input.name!),
      type: input.type,
      definition: input.definition!,
      roleArn: input.roleArn,
      tags: tagsOf(input.tags),
    })
    const made = { stateMachineArn: machine.arn, creationDate: dateOf(machine.createdMs) }
    if (!input.publish) return made
    const { arn } = await states.publishVersion({ machineArn: machine.arn, description: input.versionDescription })
    return { ...made, stateMachineVersionArn: arn }
  },
})

const UpdateStateMachine = operation<sfn.UpdateStateMachineInput, sfn.UpdateStateMachineOutput>({
  schema: sfn.UpdateStateMachine$,
  async run(input, { clients: { states }, nowMs }) {
    requirePlain(input)
    const { stateMachineArn, definition, roleArn } = input
    const machine = await states.updateMachine({
      machineArn: stateMachineArn!,
      ...(definition !== undefined && { definition }),
      ...(roleArn !== undefined && { roleArn }),
    })
    const done = { updateDate: dateOf(nowMs), revisionId: machine.revisionId }
    if (!input.publish) return done
    const { arn } = await states.publishVersion({ machineArn: machine.arn, description: input.versionDescription })
    return { ...done, stateMachineVersionArn: arn }
  },
})

const DeleteStateMachine = operation<sfn.DeleteStateMachineInput, sfn.DeleteStateMachineOutput>({
  schema: sfn.DeleteStateMachine$,
  run: ({ stateMachineArn }, { clients }) => clients.states.deleteMachine({ machineArn: stateMachineArn! }),
})

const shown = (machine: Machine) => ({
  name: machine.name,
  definition: machine.definition,
  roleArn: machine.roleArn,
  loggingConfiguration: { level: 'OFF' as const, includeExecutionData: false },
  tracingConfiguration: { enabled: false },
  encryptionConfiguration: { type: 'AWS_OWNED_KEY' as const },
  revisionId: machine.revisionId,
})

const DescribeStateMachine = operation<sfn.DescribeStateMachineInput, sfn.DescribeStateMachineOutput>({
  schema: sfn.DescribeStateMachine$,
  async run({ stateMachineArn }, { clients: { states } }) {
    const machine = await states.describeMachine({ machineArn: stateMachineArn! })
    return {
      ...shown(machine),
      stateMachineArn: stateMachineArn!,
      status: 'ACTIVE',
      type: machine.type,
      creationDate: dateOf(machine.createdMs),
    }
  },
})

const DescribeStateMachineForExecution = operation<
  sfn.DescribeStateMachineForExecutionInput,
  sfn.DescribeStateMachineForExecutionOutput
>({
  schema: sfn.DescribeStateMachineForExecution$,
  async run({ executionArn }, { clients: { states } }) {
    const machine = await states.describeMachineOf({ executionArn: executionArn! })
    return { ...shown(machine), stateMachineArn: machine.arn, updateDate: dateOf(machine.createdMs) }
  },
})

const ListStateMachines = operation<sfn.ListStateMachinesInput, sfn.ListStateMachinesOutput>({
  schema: sfn.ListStateMachines$,
  constraints: { maxResults: { range: [0, 1000] } },
  async run({ maxResults, nextToken }, { clients: { states } }) {
    const { page, ...more } = pageOf(await states.listMachines({}), nextToken, maxResults)
    const stateMachines = page.map(({ arn, name, type, createdMs }) => ({
      stateMachineArn: arn,
      name,
      type,
      creationDate: dateOf(createdMs),
    }))
    return { stateMachines, ...more }
  },
})

const ValidateStateMachineDefinition = operation<
  sfn.ValidateStateMachineDefinitionInput,
  sfn.ValidateStateMachineDefinitionOutput
>({
  schema: sfn.ValidateStateMachineDefinition$,
  constraints: {
    type: { values: ['STANDARD', 'EXPRESS'] },
    severity: { values: ['ERROR', 'WARNING'] },
    maxResults: { range: [0, 100] },
  },
  async run({ definition, type, severity = 'ERROR', maxResults }, { clients: { states } }) {
    const all = await states.validate({ definition: definition!, type })
    const result = all.some((each) => each.severity === 'ERROR') ? 'FAIL' : 'OK'
    const wanted = all.filter((each) => severity === 'WARNING' || each.severity === 'ERROR')
    const size = maxResults || 100
    return { result, diagnostics: wanted.slice(0, size), ...(wanted.length > size && { truncated: true }) }
  },
})

const PublishStateMachineVersion = operation<sfn.PublishStateMachineVersionInput, sfn.PublishStateMachineVersionOutput>(
  {
    schema: sfn.PublishStateMachineVersion$,
    async run({ stateMachineArn, description, revisionId }, { clients: { states } }) {
      const version = await states.publishVersion({
        machineArn: stateMachineArn!,
        description,
        ...(revisionId !== undefined && { revisionId }),
      })
      return { stateMachineVersionArn: version.arn, creationDate: dateOf(version.createdMs) }
    },
  },
)

const DeleteStateMachineVersion = operation<sfn.DeleteStateMachineVersionInput, sfn.DeleteStateMachineVersionOutput>({
  schema: sfn.DeleteStateMachineVersion$,
  run: ({ stateMachineVersionArn }, { clients }) =>
    clients.states.deleteVersion({ machineArn: stateMachineVersionArn! }),
})

const ListStateMachineVersions = operation<sfn.ListStateMachineVersionsInput, sfn.ListStateMachineVersionsOutput>({
  schema: sfn.ListStateMachineVersions$,
  constraints: { maxResults: { range: [0, 1000] } },
  async run({ stateMachineArn, maxResults, nextToken }, { clients: { states } }) {
    await states.describeMachine({ machineArn: stateMachineArn! })
    const { page, ...more } = pageOf(await states.listVersions({ machineArn: stateMachineArn! }), nextToken, maxResults)
    const stateMachineVersions = page.map(({ arn, createdMs }) => ({
      stateMachineVersionArn: arn,
      creationDate: dateOf(createdMs),
    }))
    return { stateMachineVersions, ...more }
  },
})

function routed(given: readonly sfn.RoutingConfigurationListItem[]) {
  const machine = given[0]?.stateMachineVersionArn?.replace(/:\d+$/, '') ?? ''
  const routing = given.map(({ stateMachineVersionArn = '', weight }) => {
    const version = Number(/:(\d+)$/.exec(stateMachineVersionArn)?.[1])
    if (!version || !stateMachineVersionArn.startsWith(machine)) throw noMachine(stateMachineVersionArn)
    return { version, weight: weight! }
  })
  return { machine, routing }
}

const CreateStateMachineAlias = operation<sfn.CreateStateMachineAliasInput, sfn.CreateStateMachineAliasOutput>({
  schema: sfn.CreateStateMachineAlias$,
  async run({ name, description, routingConfiguration }, { clients: { states } }) {
    const { machine, routing } = routed(routingConfiguration!)
    if (/^\d+$/.test(name!)) throw fail('InvalidName', `Invalid Name: '${name}'`, 'name')
    const alias = await states.createAlias({ machineArn: machine, name: requireName(name!), description, routing })
    return { stateMachineAliasArn: alias.arn, creationDate: dateOf(alias.createdMs) }
  },
})

const UpdateStateMachineAlias = operation<sfn.UpdateStateMachineAliasInput, sfn.UpdateStateMachineAliasOutput>({
  schema: sfn.UpdateStateMachineAlias$,
  async run({ stateMachineAliasArn, description, routingConfiguration }, { clients: { states } }) {
    const alias = await states.updateAlias({
      machineArn: stateMachineAliasArn!,
      ...(description !== undefined && { description }),
      ...(routingConfiguration && { routing: routed(routingConfiguration).routing }),
    })
    return { updateDate: dateOf(alias.updatedMs) }
  },
})

const DeleteStateMachineAlias = operation<sfn.DeleteStateMachineAliasInput, sfn.DeleteStateMachineAliasOutput>({
  schema: sfn.DeleteStateMachineAlias$,
  run: ({ stateMachineAliasArn }, { clients }) => clients.states.deleteAlias({ machineArn: stateMachineAliasArn! }),
})

const DescribeStateMachineAlias = operation<sfn.DescribeStateMachineAliasInput, sfn.DescribeStateMachineAliasOutput>({
  schema: sfn.DescribeStateMachineAlias$,
  async run({ stateMachineAliasArn }, { clients: { states } }) {
    const aliases = await states.listAliases({ machineArn: stateMachineAliasArn! })
    const alias = aliases.find(({ arn }) => arn === stateMachineAliasArn)
    if (!alias) throw fail('ResourceNotFound', `Alias does not exist: '${stateMachineAliasArn}'`)
    const machine = alias.arn.slice(0, -alias.name.length - 1)
    return {
      stateMachineAliasArn: alias.arn,
      name: alias.name,
      description: alias.description,
      routingConfiguration: alias.routing.map(({ version, weight }) => ({
        stateMachineVersionArn: `${machine}:${version}`,
        weight,
      })),
      creationDate: dateOf(alias.createdMs),
      updateDate: dateOf(alias.updatedMs),
    }
  },
})

const ListStateMachineAliases = operation<sfn.ListStateMachineAliasesInput, sfn.ListStateMachineAliasesOutput>({
  schema: sfn.ListStateMachineAliases$,
  constraints: { maxResults: { range: [0, 1000] } },
  async run({ stateMachineArn, maxResults, nextToken }, { clients: { states } }) {
    const version = Number(/:(\d+)$/.exec(stateMachineArn!)?.[1])
    const all = await states.listAliases({ machineArn: stateMachineArn! })
    const wanted = all.filter(({ routing }) => !version || routing.some((each) => each.version === version))
    const { page, ...more } = pageOf(wanted, nextToken, maxResults)
    const stateMachineAliases = page.map(({ arn, createdMs }) => ({
      stateMachineAliasArn: arn,
      creationDate: dateOf(createdMs),
    }))
    return { stateMachineAliases, ...more }
  },
})

const TagResource = operation<sfn.TagResourceInput, sfn.TagResourceOutput>({
  schema: sfn.TagResource$,
  run: ({ resourceArn, tags }, { clients }) => clients.states.tag({ arn: resourceArn!, add: tagsOf(tags), remove: [] }),
})

const UntagResource = operation<sfn.UntagResourceInput, sfn.UntagResourceOutput>({
  schema: sfn.UntagResource$,
  run: ({ resourceArn, tagKeys }, { clients }) => clients.states.tag({ arn: resourceArn!, add: {}, remove: tagKeys! }),
})

const ListTagsForResource = operation<sfn.ListTagsForResourceInput, sfn.ListTagsForResourceOutput>({
  schema: sfn.ListTagsForResource$,
  async run({ resourceArn }, { clients: { states } }) {
    const all = [...(await states.listMachines({})), ...(await states.listActivities({}))]
    const found = all.find(({ arn }) => arn === resourceArn)
    if (!found) throw fail('ResourceNotFound', `Resource not found: '${resourceArn}'`)
    return { tags: Object.entries(found.tags).map(([key, value]) => ({ key, value })) }
  },
})

const TestState = operation<sfn.TestStateInput, sfn.TestStateOutput>({
  schema: sfn.TestState$,
  async run(input, { clients, signal }) {
    const honoured = [
      'definition',
      'roleArn',
      'input',
      'inspectionLevel',
      'variables',
      'stateName',
      'stateConfiguration',
    ]
    requireHonoured(input, honoured)
    requireHonoured(input.stateConfiguration ?? {}, ['retrierRetryCount'])
    const asked = {
      definition: input.definition!,
      roleArn: input.roleArn,
      input: input.input,
      variables: input.variables,
      stateName: input.stateName,
      retries: input.stateConfiguration?.retrierRetryCount,
    }
    const { inspection, details, ...tested } = await clients.states.testState(asked, { signal })
    const shown = (input.inspectionLevel ?? 'INFO') !== 'INFO'
    return { ...tested, ...(shown && { inspectionData: { ...inspection, ...(details && { errorDetails: details }) } }) }
  },
})

export const machineOperations = {
  CreateStateMachine,
  CreateStateMachineAlias,
  DeleteStateMachine,
  DeleteStateMachineAlias,
  DeleteStateMachineVersion,
  DescribeStateMachine,
  DescribeStateMachineAlias,
  DescribeStateMachineForExecution,
  ListStateMachineAliases,
  ListStateMachines,
  ListStateMachineVersions,
  ListTagsForResource,
  PublishStateMachineVersion,
  TagResource,
  TestState,
  UntagResource,
  UpdateStateMachine,
  UpdateStateMachineAlias,
  ValidateStateMachineDefinition,
}
