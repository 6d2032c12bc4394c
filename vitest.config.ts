import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // A suite that is run by itself starts programs from their sources; `npm test` has built them by then, and says so.
    env: { MILLRACE_ENTRY: process.env.MILLRACE_ENTRY ?? 'src/main/cli/index.ts' },
    include: ['tests/{contract,crash,model,sql,fuzz,golden,house}/**/*.test.ts'],
    pool: 'forks',
    // Suites keep nothing in their modules, and what is killed is a process of its own: so a worker runs many of them and loads what they share once.
    isolate: false,
    // Its own choice leaves one core out, which is half of a machine with two.
    maxWorkers: '100%',
    // On a shared runner a test may be starved of its machine: it is asked once more before it counts as failed. Never at a desk.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 90_000,
    hookTimeout: 60_000,
    // A second is soon over on a machine that does other things too.
    expect: { poll: { timeout: 15_000 } },
    reporters: ['default'],
  },
})
