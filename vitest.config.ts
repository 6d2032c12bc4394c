import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: ['tests/e2e/**', 'tests/desktop/**', 'tests/bench/**'],
    pool: 'forks',
    // On a shared runner a test may be starved of its machine: it is asked once more before it counts as failed. Never at a desk.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 90_000,
    hookTimeout: 60_000,
    reporters: ['default'],
  },
})
