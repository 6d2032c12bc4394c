import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { EngineError } from '../kit/pure/errors.ts'
import { NodeInput } from './contract.ts'
import { BLOCK_BYTES_MIN } from './namenode/files.ts'
import { REPLICATION_MAX } from './namenode/operations.ts'

const MIB = 1024 * 1024
const FILE = 'hdfs.json'

/** What `hdfs.json` in the workspace's root may say of the cluster. */
export const HdfsConfig = z
  .object({
    /** Two of three nodes, so that a cluster that lost one can heal: with three each node has everything and none is left to heal on. */
    replication: z.number().int().min(1).max(REPLICATION_MAX).default(2),
    blockBytes: z
      .number()
      .int()
      .min(BLOCK_BYTES_MIN)
      .default(64 * MIB),
    nodes: z
      .array(NodeInput)
      .min(1)
      .max(100)
      .refine((nodes) => new Set(nodes.map(({ name }) => name)).size === nodes.length, 'two nodes have the same name')
      .prefault([
        { name: 'node-1', rack: '/rack-1' },
        { name: 'node-2', rack: '/rack-1' },
        { name: 'node-3', rack: '/rack-2' },
      ]),
    /** Of WebHDFS; the next free one where it is taken. */
    port: z.number().int().min(0).max(65_535).default(9870),
    /** What all copies of a node for repair may take together, MiB/s of engine time. */
    repairMiBPerS: z.number().positive().default(100),
  })
  .strict()
export type HdfsConfig = z.infer<typeof HdfsConfig>

export function readConfig(workspaceDirectory: string): HdfsConfig {
  const file = join(workspaceDirectory, FILE)
  try {
    return HdfsConfig.parse(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {})
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : EngineError.from(cause).message
    throw new EngineError('InvalidConfiguration', `${FILE} cannot be used: ${why}`, { at: { file: FILE }, cause })
  }
}
