import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // A suite that is run by itself starts programs from their sources; `npm test` has built them by then, and says so.
    env: { MILLRACE_ENTRY: process.env.MILLRACE_ENTRY ?? 'src/main/cli/index.ts' },
    pool: 'forks',
    // Its own choice leaves one core out, which is half of a machine with two.
    maxWorkers: '100%',
    // On a shared runner a test may be starved of its machine: it is asked once more before it counts as failed. Never at a desk.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 90_000,
    hookTimeout: 60_000,
    reporters: ['default'],
    projects: [
      {
        extends: true,
        test: { name: 'programs', include: ['tests/{contract,crash}/**/*.test.ts'] },
      },
      {
        // These kill nothing and keep nothing in their modules, so a process runs many of them and loads what they share once.
        extends: true,
        test: { name: 'logic', include: ['tests/{model,sql,fuzz,golden,house}/**/*.test.ts'], isolate: false },
      },
    ],
  },
})
