import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { EngineError } from '../../kit/pure/errors.ts'

const FILE = 'emr.json'

/** Programs of this machine that run what Millrace has no engine for: `emr.json` in the workspace's root, or the variables of the environment. */
export const Runtimes = z
  .object({
    /** Of Apache Spark (SPARK_HOME), and where it runs (SPARK_MASTER). */
    sparkHome: z.string().optional(),
    sparkMaster: z.string().default('local[*]'),
    /** Of Apache Flink (FLINK_HOME), and the address of its job manager (FLINK_JOB_MANAGER). */
    flinkHome: z.string().optional(),
    flinkJobManager: z.string().default('127.0.0.1:8081'),
    /** HADOOP_HOME */
    hadoopHome: z.string().optional(),
    /** The command-line client of a Trino (TRINO_CLI), and its address (TRINO_SERVER). */
    trinoCli: z.string().optional(),
    trinoServer: z.string().default('http://127.0.0.1:8080'),
    /** JAVA_HOME */
    javaHome: z.string().optional(),
  })
  .strict()
export type Runtimes = z.infer<typeof Runtimes>

export function readRuntimes(workspaceDirectory: string, env: NodeJS.ProcessEnv): Runtimes {
  const file = join(workspaceDirectory, FILE)
  const found = {
    sparkHome: env.SPARK_HOME,
    sparkMaster: env.SPARK_MASTER,
    flinkHome: env.FLINK_HOME,
    flinkJobManager: env.FLINK_JOB_MANAGER,
    hadoopHome: env.HADOOP_HOME,
    trinoCli: env.TRINO_CLI,
    trinoServer: env.TRINO_SERVER,
    javaHome: env.JAVA_HOME,
  }
  try {
    return Runtimes.parse({ ...found, ...(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}) })
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : EngineError.from(cause).message
    throw new EngineError('InvalidRequestException', `${FILE} cannot be used: ${why}`, { at: { file: FILE }, cause })
  }
}
