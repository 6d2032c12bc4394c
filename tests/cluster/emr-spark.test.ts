import { copyFileSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { AddJobFlowStepsCommand } from '@aws-sdk/client-emr'
import { afterEach, expect, it } from 'vitest'
import { TestEmr } from '../support/emr.ts'

const FLIGHTS = resolve(import.meta.dirname, '../../node_modules/vega-datasets/data/flights-3m.parquet')
const SCRIPT = `
CREATE EXTERNAL TABLE IF NOT EXISTS flights (delay bigint, distance bigint, origin string, destination string)
STORED AS PARQUET LOCATION 's3://data/flights/';
SELECT origin, count(*) AS flights, sum(distance) AS miles, max(delay) AS worst
FROM flights WHERE delay > 15 GROUP BY origin ORDER BY flights DESC, origin LIMIT 50;
SELECT count(DISTINCT concat(origin, '-', destination)) FROM flights;
`
const { MILLRACE_SPARK_HOME: sparkHome = '', MILLRACE_SPARK_MASTER: master = '' } = process.env

/** Rows that the step gave, on Spark where it is configured, else on the embedded engine. */
async function rows(bed: TestEmr): Promise<string[]> {
  const id = await bed.run()
  const { StepIds } = await bed.client.send(
    new AddJobFlowStepsCommand({
      JobFlowId: id,
      Steps: [
        { Name: 'sql', HadoopJarStep: { Jar: 'command-runner.jar', Args: ['spark-sql', '-f', 's3://data/q.sql'] } },
      ],
    }),
  )
  const { Status } = await bed.step(id, StepIds![0])
  expect(Status, await bed.log(id, StepIds![0], 'stderr')).toMatchObject({ State: 'COMPLETED' })
  return (await bed.log(id, StepIds![0])).trim().split('\n')
}

afterEach(() => {
  delete process.env.SPARK_HOME
  delete process.env.SPARK_MASTER
})

it.skipIf(!sparkHome)(
  'a Spark SQL step gives the same rows on a real Spark of two workers and on the embedded engine',
  async () => {
    await using bed = await TestEmr.start({ sql: true })
    await bed.put('data', 'q.sql', SCRIPT)
    const folder = join(bed.gate.engines.workspaceDirectory, 'lake/data/flights')
    mkdirSync(folder, { recursive: true })
    copyFileSync(FLIGHTS, join(folder, 'flights.parquet'))
    const embedded = await rows(bed)
    process.env.SPARK_HOME = sparkHome
    process.env.SPARK_MASTER = master
    const real = await rows(bed)
    expect(real).toHaveLength(51)
    expect(real).toEqual(embedded)
  },
)
