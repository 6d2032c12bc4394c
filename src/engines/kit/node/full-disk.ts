let refuse: (() => void) | undefined

/** Lets a fault be asked for: `hook` throws when the disk is to be full. One for each thread. */
export function refuseWrites(hook: () => void): void {
  refuse = hook
}

/** Called before anything of this thread is written; DuckDB, which writes by itself, does not come by here. */
export function beforeWrite(): void {
  refuse?.()
}
