import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Fn, JobSpec } from '../contract.ts'
import { SQL_MEMORY_MIB } from '../protocol.ts'

/** Memory of a process beside V8's heap and the sort buffer: Node itself, buffers of files. */
const BESIDE_MIB = 96
const HEAP_MIB_MIN = 48
/** DuckDB's program. */
const SQL_PROGRAM_MIB = 64

/** The program of a task: beside this file, from the sources or from the bundle. */
const isSource = import.meta.url.endsWith('.ts')
const PROGRAM = fileURLToPath(new URL(isSource ? '../task/main.ts' : './mapreduce-task.js', import.meta.url))
/** All that the program loads of Millrace's own. */
const OWN = isSource ? resolve(dirname(PROGRAM), '../..') : dirname(PROGRAM)

export interface LaunchParts {
  readonly spec: JobSpec
  readonly fns: readonly (Fn | undefined)[]
  readonly workspaceDirectory: string
  readonly resourcesDirectory: string
  /** The folder of the job: what its tasks may read and write beside the user's modules. */
  readonly jobDirectory: string
}

/** Of what kind the process is: it runs modules, or starts commands, or has SQL. */
export const kindOf = (fns: readonly (Fn | undefined)[]): Fn['kind'] =>
  fns.find((fn) => fn && fn.kind !== 'module')?.kind ?? 'module'

/**
 * The arguments that keep a module to its own folder and to its job's: what else it reads comes through the engine. A command is a program
 * of the user's like any other, so its process is not confined. SQL needs the add-on that is DuckDB; no module runs beside it.
 */
export function taskArgs({ spec, fns, workspaceDirectory, resourcesDirectory, jobDirectory }: LaunchParts): string[] {
  const kind = kindOf(fns)
  const besideMiB = BESIDE_MIB + (kind === 'sql' ? SQL_MEMORY_MIB + SQL_PROGRAM_MIB : 0)
  const heapMiB = Math.max(HEAP_MIB_MIN, spec.containerMiB - spec.memoryMiB - besideMiB)
  const common = [
    `--max-old-space-size=${heapMiB}`,
    '--max-semi-space-size=8',
    '--disable-sigusr1',
    '--enable-source-maps',
    '--disable-warning=ExperimentalWarning',
  ]
  const guard = join(resourcesDirectory, 'functions', 'guard.mjs')
  if (kind === 'command') return [...common, PROGRAM, workspaceDirectory, '']
  const folders = new Set([
    `${OWN}${sep}*`,
    `${jobDirectory}${sep}*`,
    guard,
    ...packages(),
    ...(kind === 'sql' ? [duckdb()] : []),
  ])
  for (const fn of fns) {
    if (fn?.kind !== 'module') continue
    const folder = dirname(resolve(workspaceDirectory, fn.file))
    folders.add(folder === resolve(workspaceDirectory) ? resolve(workspaceDirectory, fn.file) : `${folder}${sep}*`)
  }
  return [
    '--permission',
    ...[...folders].map((folder) => `--allow-fs-read=${folder}`),
    `--allow-fs-write=${join(jobDirectory, 'work')}${sep}*`,
    ...(kind === 'sql' ? ['--allow-addons', '--disable-warning=PERM0001'] : ['--no-addons']),
    // It opens files by SQLite's own means, past the permission model.
    '--no-experimental-sqlite',
    ...common,
    PROGRAM,
    workspaceDirectory,
    guard,
  ]
}

/** From the sources the reader of Parquet is where npm put it; the bundle has it inside. */
function packages(): string[] {
  if (!isSource) return []
  const modules = join(OWN, '..', '..', 'node_modules')
  return ['hyparquet', 'hyparquet-compressors', 'fzstd', 'hysnappy', 'zod']
    .map((name) => join(modules, name))
    .filter((folder) => existsSync(folder))
    .map((folder) => `${folder}${sep}*`)
}

/** Its packages lie side by side, since one loads the other. */
const duckdb = (): string =>
  `${resolve(createRequire(import.meta.url).resolve('@duckdb/node-api/package.json'), '../..')}${sep}*`

/** All that a task sees of an environment: its job's own, and what programs need to be found. Nothing of Millrace's, no keys. */
export function taskEnvironment({ spec, fns }: Pick<LaunchParts, 'spec' | 'fns'>): Record<string, string> {
  return {
    LANG: 'en_US.UTF-8',
    TZ: 'UTC',
    ...(kindOf(fns) === 'command' && process.env.PATH !== undefined && { PATH: process.env.PATH }),
    ...(process.env.SystemRoot !== undefined && { SystemRoot: process.env.SystemRoot }),
    ...spec.environment,
  }
}

/** Electron's own program is no Node that may be started: its fuse is off. Then the machine's Node serves. */
export const nodeProgram = (): string => (process.versions.electron ? 'node' : process.execPath)
