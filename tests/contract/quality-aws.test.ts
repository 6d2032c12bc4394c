import {
  BatchGetDataQualityResultCommand,
  CancelDataQualityRulesetEvaluationRunCommand,
  CreateDatabaseCommand,
  CreateDataQualityRulesetCommand,
  CreateTableCommand,
  DeleteDataQualityRulesetCommand,
  GetDataQualityResultCommand,
  GetDataQualityRuleRecommendationRunCommand,
  GetDataQualityRulesetCommand,
  GetDataQualityRulesetEvaluationRunCommand,
  GlueClient,
  ListDataQualityResultsCommand,
  ListDataQualityRulesetEvaluationRunsCommand,
  ListDataQualityRulesetsCommand,
  StartDataQualityRuleRecommendationRunCommand,
  StartDataQualityRulesetEvaluationRunCommand,
  UpdateDataQualityRulesetCommand,
} from '@aws-sdk/client-glue'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { engine as athenaEngine } from '../../src/engines/athena/engine.ts'
import { engine as catalogEngine } from '../../src/engines/catalog/engine.ts'
import { engine as lakeEngine } from '../../src/engines/lake/engine.ts'
import { engine as qualityEngine } from '../../src/engines/quality/engine.ts'
import { engine as warehouseEngine } from '../../src/engines/warehouse/engine.ts'
import { startGate, type TestGate } from '../support/gate.ts'

let gate: TestGate
let glue: GlueClient
const GlueTable = { DatabaseName: 'shop', TableName: 'orders' }
const DataSource = { GlueTable }
const Role = 'arn:aws:iam::000000000000:role/glue'

beforeAll(async () => {
  gate = await startGate([lakeEngine, catalogEngine, athenaEngine, warehouseEngine, qualityEngine])
  glue = new GlueClient(gate.config)
  await gate.engines.clients.lake.createBucket({ bucket: 'shop' })
  const body = new TextEncoder().encode('{"id":1,"price":5}\n{"id":2,"price":7}\n{"id":3}\n')
  await gate.engines.clients.lake.putObject({ bucket: 'shop', key: 'orders/a.json', body })
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'shop' } }))
  const TableInput = {
    Name: 'orders',
    StorageDescriptor: {
      Columns: [
        { Name: 'id', Type: 'int' },
        { Name: 'price', Type: 'double' },
      ],
      Location: 's3://shop/orders/',
      SerdeInfo: { SerializationLibrary: 'org.openx.data.jsonserde.JsonSerDe' },
    },
  }
  await glue.send(new CreateTableCommand({ DatabaseName: 'shop', TableInput }))
})
afterAll(async () => {
  glue.destroy()
  await gate.engines[Symbol.asyncDispose]()
})

async function ended<T extends { Status?: string | undefined }>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    const run = await ask()
    if (run.Status !== 'STARTING' && run.Status !== 'RUNNING') return run
    await new Promise((done) => setTimeout(done, 10))
  }
}

it('makes, changes, lists and deletes rulesets with a stock client', async () => {
  const Name = 'orders-rules'
  const create = (Ruleset: string) =>
    glue.send(new CreateDataQualityRulesetCommand({ Name, Ruleset, TargetTable: GlueTable }))
  await expect(create('Rules = [ DetectAnomalies "RowCount" ]')).rejects.toMatchObject({
    name: 'InvalidInputException',
    message: 'line 1:11: The rule type DetectAnomalies is not supported by Millrace',
  })
  await create('Rules = [ IsComplete "id" ]')
  await expect(create('Rules = [ IsComplete "id" ]')).rejects.toMatchObject({ name: 'AlreadyExistsException' })
  await expect(
    glue.send(new UpdateDataQualityRulesetCommand({ Name, Ruleset: 'Rules = [ IsComplete ]' })),
  ).rejects.toMatchObject({ name: 'InvalidInputException' })
  await glue.send(
    new UpdateDataQualityRulesetCommand({
      Name,
      Description: 'ids',
      Ruleset: 'Rules = [ IsComplete "id", IsUnique "id" ]',
    }),
  )
  expect(await glue.send(new GetDataQualityRulesetCommand({ Name }))).toMatchObject({
    Name,
    Description: 'ids',
    Ruleset: 'Rules = [ IsComplete "id", IsUnique "id" ]',
    TargetTable: GlueTable,
  })
  const { Rulesets } = await glue.send(new ListDataQualityRulesetsCommand({ Filter: { TargetTable: GlueTable } }))
  expect(Rulesets).toMatchObject([{ Name, RuleCount: 2 }])
  await glue.send(new DeleteDataQualityRulesetCommand({ Name }))
  await expect(glue.send(new GetDataQualityRulesetCommand({ Name }))).rejects.toMatchObject({
    name: 'EntityNotFoundException',
  })
})

it('evaluates rulesets and gives their results with a stock client', async () => {
  const Ruleset = 'Analyzers = [ RowCount ]\nRules = [ IsComplete "id", IsComplete "price" ]'
  await glue.send(new CreateDataQualityRulesetCommand({ Name: 'a', Ruleset }))
  const start = { DataSource, Role, RulesetNames: ['a'] }
  const { RunId } = await glue.send(new StartDataQualityRulesetEvaluationRunCommand(start))
  const run = await ended(() => glue.send(new GetDataQualityRulesetEvaluationRunCommand({ RunId })))
  expect(run).toMatchObject({ Status: 'SUCCEEDED', Role, RulesetNames: ['a'], DataSource })
  const [ResultId] = run.ResultIds!
  const result = await glue.send(new GetDataQualityResultCommand({ ResultId }))
  expect(result).toMatchObject({
    Score: 0.5,
    RulesetName: 'a',
    RulesetEvaluationRunId: RunId,
    RuleResults: [
      {
        Name: 'Rule_1',
        Result: 'PASS',
        EvaluatedRule: 'IsComplete "id"',
        EvaluatedMetrics: { 'Column.id.Completeness': 1 },
      },
      { Name: 'Rule_2', Result: 'FAIL', EvaluationMessage: expect.stringContaining('0.66') },
    ],
    AnalyzerResults: [{ EvaluatedMetrics: { 'Dataset.*.RowCount': 3 } }],
  })
  const batch = await glue.send(new BatchGetDataQualityResultCommand({ ResultIds: [ResultId, 'nix'] }))
  expect(batch).toMatchObject({ Results: [{ ResultId }], ResultsNotFound: ['nix'] })
  expect((await glue.send(new ListDataQualityResultsCommand({ Filter: { DataSource } }))).Results).toMatchObject([
    { ResultId, DataSource },
  ])
  const runs = await glue.send(
    new ListDataQualityRulesetEvaluationRunsCommand({ Filter: { DataSource, RulesetName: 'a' } }),
  )
  expect(runs.Runs).toMatchObject([{ RunId, Status: 'SUCCEEDED' }])
  await glue.send(new CancelDataQualityRulesetEvaluationRunCommand({ RunId }))
  await expect(
    glue.send(new StartDataQualityRulesetEvaluationRunCommand({ ...start, Timeout: 5 })),
  ).rejects.toMatchObject({ name: 'InvalidInputException' })
  await expect(
    glue.send(new StartDataQualityRulesetEvaluationRunCommand({ ...start, RulesetNames: ['nix'] })),
  ).rejects.toMatchObject({ name: 'EntityNotFoundException' })
})

it('recommends a ruleset with a stock client', async () => {
  const { RunId } = await glue.send(
    new StartDataQualityRuleRecommendationRunCommand({ DataSource, Role, CreatedRulesetName: 'made' }),
  )
  const run = await ended(() => glue.send(new GetDataQualityRuleRecommendationRunCommand({ RunId })))
  expect(run).toMatchObject({ Status: 'SUCCEEDED', CreatedRulesetName: 'made' })
  expect(run.RecommendedRuleset).toContain('IsComplete "id"')
  expect((await glue.send(new GetDataQualityRulesetCommand({ Name: 'made' }))).Ruleset).toBe(run.RecommendedRuleset)
})
