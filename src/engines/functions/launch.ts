import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { delimiter, join, sep } from 'node:path'
import { promisify } from 'node:util'
import { DEFAULT_REGION } from '../kit/pure/ids.ts'
import { RUNTIMES, type Runtime } from './contract.ts'
import { invalid } from './errors.ts'
import type { Deployed } from './runner.ts'

const run = promisify(execFile)
const PYTHON_LOOK_MS = 10_000

/** Whether a runtime can run here, and by which program. Looked up once; a Python that is installed later is found after a restart. */
export class Programs {
  private python: Promise<string | undefined> | undefined

  /** Refuses in the service's words for a runtime that it does not know. */
  async require(runtime: Runtime): Promise<string> {
    const program = await this.find(runtime)
    if (program) return program
    const here = RUNTIMES.filter((name) => name.startsWith('nodejs')).join(', ')
    const why = runtime.startsWith('python')
      ? 'Python 3 is not installed on this machine.'
      : 'Windows starts no bootstrap.'
    throw invalid(
      `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${here}]. ${why}`,
      'runtime',
    )
  }

  private async find(runtime: Runtime): Promise<string | undefined> {
    if (runtime.startsWith('python')) {
      this.python ??= findPython()
      return this.python
    }
    if (runtime.startsWith('provided') && process.platform === 'win32') return undefined
    // Electron's own program is no Node that may be started: its fuse is off. Then the machine's Node serves.
    return process.versions.electron ? 'node' : process.execPath
  }
}

async function findPython(): Promise<string | undefined> {
  const name = process.platform === 'win32' ? 'python' : 'python3'
  try {
    const script = 'import sys; assert sys.version_info >= (3, 9); print(sys.executable)'
    const { stdout } = await run(name, ['-I', '-c', script], { timeout: PYTHON_LOOK_MS })
    return stdout.trim()
  } catch {
    return undefined
  }
}

/** The arguments that keep a function to its folder, and start Lambda's runtime for it. A program of its own is kept to nothing. */
export function runtimeArgs(
  { settings: { runtime, handler, memoryMiB }, directory, mount }: Pick<Deployed, 'settings' | 'directory' | 'mount'>,
  resourcesDirectory: string,
): string[] {
  const layers = mount === undefined ? [] : [mount]
  const inResources = (file: string) => join(resourcesDirectory, 'functions', file)
  if (runtime.startsWith('provided')) return [inResources('provided.mjs'), directory]
  if (runtime.startsWith('python'))
    return ['-I', '-B', '-u', inResources('python.py'), directory, handler, String(memoryMiB), ...layers]
  const script = inResources('node.mjs')
  return [
    '--permission',
    `--allow-fs-read=${directory}${sep}*`,
    `--allow-fs-read=${script}`,
    ...['guard.mjs', 'layers.mjs'].map((file) => `--allow-fs-read=${inResources(file)}`),
    ...layers.map((folder) => `--allow-fs-read=${folder}${sep}*`),
    `--max-old-space-size=${memoryMiB}`,
    '--disable-sigusr1',
    '--no-addons',
    // It opens files by SQLite's own means, past the permission model.
    '--no-experimental-sqlite',
    script,
    directory,
    handler,
    ...layers,
  ]
}

/** All that a function sees of an environment: Lambda's own variables and its settings'. No keys, nothing of Millrace's own. */
export function environmentOf({ name, version, directory, mount, settings }: Deployed): Record<string, string> {
  const modules = mount && ['nodejs/node_modules', `nodejs/${settings.runtime.replace(/js|\.x/g, '')}/node_modules`]
  return {
    ...settings.environment,
    AWS_DEFAULT_REGION: DEFAULT_REGION,
    AWS_EXECUTION_ENV: `AWS_Lambda_${settings.runtime}`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memoryMiB),
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: version,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `millrace/[${version}]${name}`,
    AWS_REGION: DEFAULT_REGION,
    LAMBDA_RUNTIME_DIR: directory,
    LAMBDA_TASK_ROOT: directory,
    LANG: 'en_US.UTF-8',
    TZ: 'UTC',
    _HANDLER: settings.handler,
    // Where Node looks for the modules of layers (Lambda guide, "Packaging layer content").
    ...(modules && { NODE_PATH: modules.map((path) => join(mount, path)).join(delimiter) }),
    // Windows starts no program without it.
    ...(process.env.SystemRoot && { SystemRoot: process.env.SystemRoot }),
  }
}

/** An empty folder where there is none yet, so that a process can start in it and say what it misses. */
export function ensureDirectory(directory: string): string {
  mkdirSync(directory, { recursive: true })
  return directory
}
