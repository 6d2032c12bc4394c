import type { Clients } from '../../contract.ts'
import { DEFAULT_REGION } from '../../kit/pure/ids.ts'
import type { Cluster } from '../contract.ts'
import type { Runtimes } from './runtimes.ts'

export interface VariablesContext {
  readonly clients: Pick<Clients, 'gate' | 'workspace' | 'hdfs'>
  readonly runtimes: Runtimes
  readonly workspaceDirectory: string
}

/**
 * All that a step or a bootstrap action sees of an environment. A cluster with an instance profile may call AWS: the listener of this workspace,
 * with its keys; there are no permissions to choose from here, so any profile opens all of it.
 */
export async function variablesOf(
  cluster: Cluster,
  { clients, runtimes, workspaceDirectory }: VariablesContext,
): Promise<Record<string, string>> {
  const { javaHome, sparkHome, flinkHome, hadoopHome } = runtimes
  const storage = cluster.readyMs === undefined ? undefined : await clients.hdfs.describe({ cluster: cluster.id })
  return {
    PATH: process.env.PATH ?? '',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    AWS_REGION: DEFAULT_REGION,
    AWS_DEFAULT_REGION: DEFAULT_REGION,
    EMR_CLUSTER_ID: cluster.id,
    MILLRACE_WORKSPACE: workspaceDirectory,
    ...(storage && { MILLRACE_WEBHDFS: storage.webhdfs }),
    ...(javaHome !== undefined && { JAVA_HOME: javaHome }),
    ...(sparkHome !== undefined && { SPARK_HOME: sparkHome }),
    ...(flinkHome !== undefined && { FLINK_HOME: flinkHome }),
    ...(hadoopHome !== undefined && { HADOOP_HOME: hadoopHome }),
    ...(cluster.taken.JobFlowRole !== undefined && (await keys(clients))),
  }
}

async function keys({ gate, workspace }: VariablesContext['clients']): Promise<Record<string, string>> {
  const [{ url }, { accessKeyId, secretAccessKey }] = await Promise.all([gate.status({}), workspace.credentials({})])
  return { AWS_ENDPOINT_URL: url, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
}
