import * as change from './change.ts'
import * as copy from './copy.ts'
import { failureText, type HdfsShell, USAGE, UsageError } from './shell.ts'
import * as show from './show.ts'

/** Where it answers a number, that is the exit code; else what failed says it. */
type Command = (shell: HdfsShell, args: readonly string[]) => Promise<unknown>

/** The commands of `hdfs dfs`, by their names without the dash. */
const COMMANDS: Readonly<Record<string, Command>> = {
  appendToFile: copy.appendToFile,
  cat: copy.cat,
  checksum: show.checksum,
  chgrp: change.chgrp,
  chmod: change.chmod,
  chown: change.chown,
  concat: copy.concat,
  copyFromLocal: copy.put,
  copyToLocal: copy.get,
  count: show.count,
  cp: copy.cp,
  createSnapshot: change.createSnapshot,
  deleteSnapshot: change.deleteSnapshot,
  df: show.df,
  du: show.du,
  get: copy.get,
  getmerge: copy.getmerge,
  head: copy.head,
  ls: show.ls,
  lsr: (shell, args) => show.ls(shell, ['-R', ...args]),
  mkdir: change.mkdir,
  moveFromLocal: (shell, args) => copy.put(shell, args, true),
  mv: change.mv,
  put: copy.put,
  renameSnapshot: change.renameSnapshot,
  rm: change.rm,
  rmdir: change.rmdir,
  rmr: (shell, args) => change.rm(shell, ['-r', ...args]),
  setrep: change.setrep,
  stat: show.stat,
  tail: copy.tail,
  test: change.test,
  touchz: copy.touchz,
  truncate: change.truncate,
}

/** `millrace hdfs dfs -COMMAND …`: Hadoop's file system shell. Answers its exit code. */
export async function dfs(shell: HdfsShell, [given = '', ...args]: readonly string[]): Promise<number> {
  const { [given.slice(1)]: command } = COMMANDS
  if (!given.startsWith('-') || !command) {
    if (given !== '') process.stderr.write(`${given}: Unknown command\n`)
    const names = Object.keys(COMMANDS).map((name) => `\t[-${name}]`)
    process.stderr.write(`Usage: hdfs dfs [generic options]\n${names.join('\n')}\n`)
    return USAGE
  }
  try {
    const code = await command(shell, args)
    return typeof code === 'number' ? code : shell.exitCode
  } catch (thrown) {
    if (thrown instanceof UsageError) {
      process.stderr.write(`${given}: ${thrown.message}\n`)
      return USAGE
    }
    process.stderr.write(`${given.slice(1)}: ${failureText(thrown, args.at(-1) ?? '')}\n`)
    return 1
  }
}
