import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { createServer } from 'node:net'
import { arch, platform, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readWorkspaceFile, WORKSPACE_FORMAT } from '../../engines/kit/node/workspace-file.ts'
import { EngineError } from '../../engines/kit/pure/errors.ts'
import { readOwner } from '../ownership.ts'
import { VERSION } from '../program.ts'
import { rendererDirectory } from '../session.ts'
import { DEFAULT_AWS_PORT, workspacePath } from './options.ts'

interface Finding {
  state: 'ok' | 'note' | 'bad'
  what: string
  /** What to do about it. */
  remedy?: string
}

/** Looks at everything that Millrace needs and says what to do about what is missing. Exit code 1 when something would keep it from working. */
export async function command(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { workspace: { type: 'string' } } })
  const workspaceDirectory = workspacePath(values.workspace)
  const checks = [
    program,
    native,
    renderer,
    browser,
    () => workspace(workspaceDirectory),
    () => disk(workspaceDirectory),
    () => awsPort(readOwner(workspaceDirectory)?.pid),
  ]
  let bad = false
  for (const check of checks) {
    const { state, what, remedy } = await check()
    bad ||= state === 'bad'
    process.stdout.write(`${state.padEnd(5)} ${what}${remedy ? `\n      ${remedy}` : ''}\n`)
  }
  return bad ? 1 : 0
}

function program(): Finding {
  const major = Number(process.versions.node.split('.')[0])
  const what = `Millrace ${VERSION} on Node ${process.versions.node}, ${platform()} ${arch()}, ${Math.round(totalmem() / 1024 ** 3)} GiB of memory`
  return major >= 22
    ? { state: 'ok', what }
    : {
        state: 'bad',
        what,
        remedy:
          'The engines need Node 22 or newer: run `npm ci`, which brings the right one, and start with `npm start`.',
      }
}

async function native(): Promise<Finding> {
  try {
    const { default: Database } = await import('better-sqlite3')
    new Database(':memory:').close()
    await import('@duckdb/node-api')
    return { state: 'ok', what: 'SQLite and DuckDB load' }
  } catch (thrown) {
    return {
      state: 'bad',
      what: `A native library does not load: ${EngineError.from(thrown).message}`,
      remedy: 'Delete node_modules and run `npm ci` on this machine.',
    }
  }
}

function renderer(): Finding {
  return rendererDirectory()
    ? { state: 'ok', what: 'The pages are built' }
    : { state: 'bad', what: 'The pages are not built', remedy: 'Run `npm run build`, or `npm start`, which does it.' }
}

function browser(): Finding {
  const found = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) =>
    existsSync(file),
  )
  if (found || platform() !== 'linux')
    return {
      state: 'ok',
      what: found ? `Browser for the tests: ${found}` : 'The tests use the browser that Playwright finds',
    }
  return { state: 'note', what: 'No Chromium for the end-to-end tests', remedy: 'apt-get install chromium' }
}

function workspace(directory: string): Finding {
  if (!existsSync(directory))
    return {
      state: 'note',
      what: `There is no workspace ${directory} yet`,
      remedy: 'millrace serve makes it, with the sample in it.',
    }
  try {
    accessSync(directory, constants.W_OK)
    const format = readWorkspaceFile(directory)?.format ?? WORKSPACE_FORMAT
    const owner = readOwner(directory)
    const what = `Workspace ${directory}, format ${format}${owner ? `, open in process ${owner.pid}` : ''}`
    if (format > WORKSPACE_FORMAT)
      return { state: 'note', what, remedy: 'It was written by a newer Millrace and opens read-only.' }
    return { state: 'ok', what }
  } catch (thrown) {
    return {
      state: 'bad',
      what: EngineError.from(thrown).message,
      remedy: `Check ${join(directory, 'millrace.json')} and the folder's permissions.`,
    }
  }
}

function disk(directory: string): Finding {
  const { bavail, bsize } = statfsSync(existsSync(directory) ? directory : '.')
  const free = bavail * bsize
  const what = `${(free / 1024 ** 3).toFixed(1)} GiB free for the workspace`
  return free > 2 * 1024 ** 3
    ? { state: 'ok', what }
    : {
        state: 'note',
        what,
        remedy:
          'The sample needs about 2 GiB; when the disk is full, puts are refused and nothing acknowledged is lost.',
      }
}

async function awsPort(owner: number | undefined): Promise<Finding> {
  const free = await new Promise<boolean>((resolve) => {
    const probe = createServer()
      .once('error', () => resolve(false))
      .listen(DEFAULT_AWS_PORT, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
  if (!free && owner !== undefined)
    return { state: 'ok', what: `Port ${DEFAULT_AWS_PORT} is in use, as it is while Millrace runs (process ${owner})` }
  return free
    ? { state: 'ok', what: `Port ${DEFAULT_AWS_PORT} is free for AWS clients` }
    : {
        state: 'note',
        what: `Port ${DEFAULT_AWS_PORT} is taken`,
        remedy: 'Millrace takes the next free one and says which.',
      }
}
