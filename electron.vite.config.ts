import { resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'
import type { Plugin } from 'vite'

const root = import.meta.dirname

/**
 * Chunks that run as a whole when a view opens: compiled by another thread while they load, not function by function when they are first
 * called, which made the first chart a task of 150 ms (V8, "Explicit JavaScript compile hints").
 */
const COMPILED_AHEAD = /\/node_modules\/(recharts|@xyflow|monaco-editor)\/|\/features\/(builder|dashboards|sql)\//

const compileAhead: Plugin = {
  name: 'compile-ahead',
  enforce: 'post',
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle))
      if (chunk.type === 'chunk' && !chunk.isEntry && chunk.moduleIds.some((id) => COMPILED_AHEAD.test(id)))
        chunk.code = `//# allFunctionsCalledOnLoad\n${chunk.code}`
  },
}

/** Recharts reads its stores through our own hook, which says why. */
const drawChartsInSlices: Plugin = {
  name: 'draw-charts-in-slices',
  enforce: 'pre',
  resolveId: (source, importer) =>
    source === 'use-sync-external-store/shim/with-selector' && importer?.includes('/node_modules/recharts/')
      ? resolve(root, 'src/renderer/lib/recharts-selector.ts')
      : null,
}

/** Three bundles: the shells and the worker host for Node, the preload for Electron, the pages for any browser. */
export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      target: 'node24',
      sourcemap: true,
      minify: false,
      // What every thread loads at its start comes along, reduced to what is used of it: hundreds of small files cost more than all the rest.
      // So does what a task of MapReduce loads, whose process may read this folder alone.
      externalizeDeps: { exclude: ['zod', 'ws', 'cbor-x', 'hyparquet', 'hyparquet-compressors'] },
      rollupOptions: {
        input: {
          index: resolve(root, 'src/main/index.ts'),
          cli: resolve(root, 'src/main/cli/index.ts'),
          host: resolve(root, 'src/engines/host.ts'),
          'transform-thread': resolve(root, 'src/engines/firehose/transform-thread.ts'),
          'mapreduce-task': resolve(root, 'src/engines/mapreduce/task/main.ts'),
          'jsonata-thread': resolve(root, 'src/engines/states/asl/jsonata-thread.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      sourcemap: true,
      rollupOptions: {
        input: { preload: resolve(root, 'src/main/preload.ts') },
        // A sandboxed preload can only be CommonJS.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: resolve(root, 'src/renderer'),
    plugins: [react(), drawChartsInSlices, compileAhead],
    worker: { format: 'es' },
    build: {
      outDir: resolve(root, 'out/renderer'),
      target: 'chrome140',
      sourcemap: false,
      // Unlike Vite, electron-vite does not minify unless told to; a browser must parse all of it before the first paint.
      minify: true,
      // The editor is 4 MB and read from this machine's disk, when a query is first opened.
      chunkSizeWarningLimit: 8_000,
      rollupOptions: { input: { index: resolve(root, 'src/renderer/index.html') } },
    },
  },
})
