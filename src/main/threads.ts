import { readdirSync, readFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/**
 * DuckDB's queries, file work and compression share libuv's pool, which has four threads unless told otherwise: a few long queries
 * would keep every file from being written. The pool reads the variable when it is first used, so this module is imported before
 * all others.
 */
process.env.UV_THREADPOOL_SIZE ??= '16'

if (process.platform === 'linux') {
  for (const task of readdirSync('/proc/self/task'))
    if (readFileSync(`/proc/self/task/${task}/comm`, 'utf8').trim() === 'V8Worker') setPriority(Number(task), 10)
}
