import { letHelpersGiveWay } from '../engines/kit/node/priority.ts'

/**
 * DuckDB's queries, file work and compression share libuv's pool, which has four threads unless told otherwise: a few long queries
 * would keep every file from being written. The pool reads the variable when it is first used, so this module is imported before
 * all others.
 */
process.env.UV_THREADPOOL_SIZE ??= '16'

letHelpersGiveWay()
