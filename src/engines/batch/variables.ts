import type { Clients } from '../contract.ts'
import { DEFAULT_REGION } from '../kit/pure/ids.ts'
import type { Job } from './contract.ts'

/** All that a job sees of an environment (Batch user guide, "AWS Batch job environment variables"). Nothing of Millrace's own. */
export function variablesOf(
  job: Job,
  { environment, arraySize }: { environment: string; arraySize: number | undefined },
): Record<string, string> {
  return {
    TZ: 'UTC',
    AWS_REGION: DEFAULT_REGION,
    AWS_DEFAULT_REGION: DEFAULT_REGION,
    ...job.container.environment,
    AWS_BATCH_CE_NAME: environment,
    AWS_BATCH_JOB_ATTEMPT: String(job.attempts.length + 1),
    AWS_BATCH_JOB_ID: job.id,
    AWS_BATCH_JQ_NAME: job.queue,
    ...(job.child && { AWS_BATCH_JOB_ARRAY_INDEX: String(job.child.index) }),
    ...(job.child && { AWS_BATCH_JOB_ARRAY_SIZE: String(arraySize ?? 0) }),
  }
}

/** What only a process of this machine is told: a container has its own. */
export const variablesHere = (workspaceDirectory: string): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  LANG: 'C.UTF-8',
  MILLRACE_WORKSPACE: workspaceDirectory,
})

/**
 * A job with a role may call AWS: the listener of this workspace, with its keys. There are no permissions to choose from here, so any role opens all
 * of it; a job without one gets no keys.
 */
export async function roleVariables(
  { container }: Job,
  { gate, workspace }: Pick<Clients, 'gate' | 'workspace'>,
): Promise<Record<string, string>> {
  if (container.jobRoleArn === undefined) return {}
  const [{ url }, keys] = await Promise.all([gate.status({}), workspace.credentials({})])
  return {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
  }
}
