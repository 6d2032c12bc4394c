#!/usr/bin/env node
import '../threads.ts'
import { EngineError } from '../../engines/kit/pure/errors.ts'
import { VERSION } from '../program.ts'

interface Command {
  readonly usage: string
  readonly summary: string
  readonly load: () => Promise<{ command: (args: string[]) => Promise<number>; details?: (args: string[]) => string }>
}

/** A new command costs one file and one line here. */
const COMMANDS: Record<string, Command> = {
  start: {
    usage: 'millrace start [--workspace DIR] [--no-open]',
    summary: 'opens the sample workspace in the browser and, the first time, runs its pipeline',
    load: () => import('./start.ts'),
  },
  serve: {
    usage: 'millrace serve [--workspace DIR] [--port N] [--aws-port N] [--no-open] [--json] [--renew-token]',
    summary: 'opens a workspace in the browser; its address stays the same until it is renewed',
    load: () => import('./serve.ts'),
  },
  run: {
    usage: 'millrace run PIPELINE [--workspace DIR] [--speed N|max] [--scale N] [--until drained|stopped] [--json]',
    summary: 'runs a pipeline and accounts for every row',
    load: () => import('./run.ts'),
  },
  produce: {
    usage:
      'millrace produce clickstream|iot|log|replay|tail|http|mqtt [FILE] --stream NAME [--shards N] [--no-quotas] [--workspace DIR] [--json] [settings]',
    summary:
      'puts records into a stream, which is made with the shards and quotas asked for where it is not there; millrace produce http --help lists the settings',
    load: () => import('./produce.ts'),
  },
  env: {
    usage: 'millrace env [--workspace DIR]',
    summary: 'prints the exports that point AWS clients at Millrace: eval $(millrace env)',
    load: () => import('./env.ts'),
  },
  hdfs: {
    usage: 'millrace hdfs [--workspace DIR] [--json | dfs -COMMAND … | dfsadmin -COMMAND … | fsck PATH | balancer]',
    summary:
      "starts HDFS in the Millrace that is open, and says how its nodes are and where WebHDFS answers; or does what Hadoop's own command of that name does",
    load: () => import('./hdfs.ts'),
  },
  doctor: {
    usage: 'millrace doctor [--workspace DIR]',
    summary: 'checks this machine and the workspace',
    load: () => import('./doctor.ts'),
  },
}

async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === '--version' || name === '-v') {
    process.stdout.write(`${VERSION}\n`)
    return 0
  }
  const command = name === undefined ? undefined : COMMANDS[name]
  // To Hadoop's commands -h is for sizes that people read.
  if (!command || rest.includes('--help') || (rest.includes('-h') && name !== 'hdfs')) {
    const wanted = name === undefined || name === '--help' || name === '-h' || command
    const lines = Object.values(command ? { command } : COMMANDS).map(
      ({ usage, summary }) => `  ${usage}\n      ${summary}`,
    )
    const details = (await command?.load())?.details?.(rest)
    if (details) lines.push('', details)
    const text = `Millrace ${VERSION}: the AWS data-analytics family on one machine\n\n${lines.join('\n')}\n`
    ;(wanted ? process.stdout : process.stderr).write(
      wanted ? text : `millrace: there is no command ${name}\n\n${text}`,
    )
    return wanted ? 0 : 2
  }
  const { command: run } = await command.load()
  return run(rest)
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (thrown) => {
    const error = EngineError.from(thrown)
    // parseArgs throws its own errors for unknown options: those are the user's, and their text says what is wrong.
    const usage =
      error.code === 'InvalidOption' || ((thrown as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') ?? false)
    process.stderr.write(`millrace: ${error.message}\n`)
    if (error.domain === 'internal' && !usage && thrown instanceof Error) process.stderr.write(`${thrown.stack}\n`)
    process.exitCode = usage ? 2 : 1
  },
)
