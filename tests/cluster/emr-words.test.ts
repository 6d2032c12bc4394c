import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AddJobFlowStepsCommand } from '@aws-sdk/client-emr'
import { afterEach, expect, it } from 'vitest'
import { TestEmr } from '../support/emr.ts'

const JOBS = join(import.meta.dirname, 'jobs')
const LINES = ['to be or not to be', 'that is the question', 'to sleep or not']
const COUNTS = LINES.join(' ')
  .split(' ')
  .reduce((counts, word) => counts.set(word, (counts.get(word) ?? 0) + 1), new Map<string, number>())
const EXPECTED = [...COUNTS].map(([word, count]) => `${word}\t${count}`).toSorted()

/** What `scripts/test-cluster.mjs` has started, as a step's runtime is configured. */
const SETTINGS = {
  SPARK_HOME: process.env.MILLRACE_SPARK_HOME,
  SPARK_MASTER: process.env.MILLRACE_SPARK_MASTER,
  FLINK_HOME: process.env.MILLRACE_FLINK_HOME,
  FLINK_JOB_MANAGER: process.env.MILLRACE_FLINK_JOB_MANAGER,
  TRINO_CLI: process.env.MILLRACE_TRINO_CLI,
  TRINO_SERVER: process.env.MILLRACE_TRINO_SERVER,
}

function compiled(name: string, classpath: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-jar-'))
  execFileSync('javac', ['-nowarn', '-cp', classpath, '-d', folder, join(JOBS, `${name}.java`)])
  execFileSync('jar', ['--create', '--file', join(folder, 'job.jar'), '-C', folder, '.'])
  return readFileSync(join(folder, 'job.jar'))
}

/** Runs one step over the lines in `s3://data/words`; answers what it printed, and what it left in `s3://data/out`. */
async function count(step: { Jar: string; Args: string[] }, program: { key: string; content: Buffer }) {
  for (const [name, value] of Object.entries(SETTINGS)) if (value) process.env[name] = value
  await using bed = await TestEmr.start()
  const { lake } = bed.clients
  await lake.createBucket({ bucket: 'data' })
  await lake.putObject({ bucket: 'data', key: 'words/a.txt', body: Buffer.from(`${LINES.join('\n')}\n`) })
  await lake.putObject({ bucket: 'data', key: program.key, body: new Uint8Array(program.content) })
  const id = await bed.run()
  const { StepIds } = await bed.client.send(
    new AddJobFlowStepsCommand({ JobFlowId: id, Steps: [{ Name: 'words', HadoopJarStep: step }] }),
  )
  const { Status } = await bed.step(id, StepIds![0])
  expect(Status, await bed.log(id, StepIds![0], 'stderr')).toMatchObject({ State: 'COMPLETED' })
  const { objects } = await lake.listObjects({ bucket: 'data', prefix: 'out/' })
  const parts = objects.filter(({ key }) => /^out\/part-/.test(key))
  const bodies = await Promise.all(parts.map(({ key }) => lake.getObject({ bucket: 'data', key })))
  const text = bodies.map(({ body }) => Buffer.from(body).toString()).join('')
  return { printed: await bed.log(id, StepIds![0]), rows: rowsOf(text) }
}

const rowsOf = (text: string): string[] => text.trim().split('\n').toSorted()
const IN_OUT = ['s3://data/words/', 's3://data/out']

afterEach(() => {
  for (const name of Object.keys(SETTINGS)) delete process.env[name]
})

it.skipIf(!SETTINGS.SPARK_HOME)('spark-submit runs a Python program on both workers of a real Spark', async () => {
  const content = readFileSync(join(JOBS, 'spark_count.py'))
  const { rows, printed } = await count(
    { Jar: 'command-runner.jar', Args: ['spark-submit', '--deploy-mode', 'cluster', 's3://data/count.py', ...IN_OUT] },
    { key: 'count.py', content },
  )
  expect(rows).toEqual(EXPECTED)
  expect(printed).toContain('executors 2')
})

it.skipIf(!SETTINGS.SPARK_HOME)('spark-submit runs a class of a jar on a real Spark', async () => {
  const content = compiled('SparkCount', join(SETTINGS.SPARK_HOME!, 'jars', '*'))
  const Args = ['spark-submit', '--master', 'yarn', '--class', 'SparkCount', 's3://data/count.jar', ...IN_OUT]
  const { rows } = await count({ Jar: 'command-runner.jar', Args }, { key: 'count.jar', content })
  expect(rows).toEqual(EXPECTED)
})

it.skipIf(!SETTINGS.SPARK_HOME)('a jar step runs a MapReduce program of Hadoop', async () => {
  const content = compiled('HadoopCount', join(SETTINGS.SPARK_HOME!, 'jars', '*'))
  const { rows } = await count(
    { Jar: 's3://data/count.jar', Args: ['HadoopCount', ...IN_OUT] },
    { key: 'count.jar', content },
  )
  expect(rows).toEqual(EXPECTED)
})

it.skipIf(!SETTINGS.FLINK_HOME)('flink run runs a class of a jar on a real Flink', async () => {
  const content = compiled('FlinkCount', join(SETTINGS.FLINK_HOME!, 'lib', '*'))
  const Args = ['flink', 'run', '-m', 'yarn-cluster', '-c', 'FlinkCount', 's3://data/count.jar', ...IN_OUT]
  const { rows } = await count({ Jar: 'command-runner.jar', Args }, { key: 'count.jar', content })
  expect(rows).toEqual(EXPECTED)
})

it.skipIf(!SETTINGS.TRINO_CLI)('trino-cli runs a script over the lake on a real Trino', async () => {
  const content = readFileSync(join(JOBS, 'trino_count.sql'))
  const Args = ['trino-cli', '-f', 's3://data/count.sql', '--output-format', 'TSV']
  const { printed } = await count({ Jar: 'command-runner.jar', Args }, { key: 'count.sql', content })
  expect(rowsOf(printed)).toEqual(EXPECTED)
})
