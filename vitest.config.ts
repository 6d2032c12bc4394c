import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: ['tests/e2e/**', 'tests/desktop/**', 'tests/bench/**'],
    pool: 'forks',
    testTimeout: 90_000,
    hookTimeout: 60_000,
    reporters: ['default'],
  },
})
