import { defineConfig } from 'vitest/config'

/** `npm run test:cluster`: what needs runtimes that Millrace does not bring. */
export default defineConfig({
  test: {
    include: ['tests/cluster/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 600_000,
    reporters: ['default'],
  },
})
