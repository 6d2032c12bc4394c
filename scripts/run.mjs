// The developer's scripts, each on the project's Node: build, check, format, bench, gallery, and the scaffolds.
import { join } from 'node:path'
import { newEngine, newNode } from './new.mjs'
import { bin, build, checkTypes, install, root, run, say } from './toolchain.mjs'

const scripts = {
  build,
  async check() {
    let worst = 0
    for (const project of ['node', 'web', 'preload', 'e2e']) {
      say(`Types: ${project} …`)
      worst ||= await checkTypes(project)
    }
    say('Lint …')
    worst ||= await run(bin.biome, ['check', '--error-on-warnings'])
    worst ||= await run(bin.vitest, ['run', 'tests/house'])
    return worst
  },
  format: () => run(bin.biome, ['check', '--write']),
  async bench(args) {
    await build()
    return run(join(root, 'tests', 'bench', 'index.ts'), args)
  },
  gallery: () => run(join(root, 'node_modules', 'vite', 'bin', 'vite.js'), ['src/renderer', '--open', '/gallery.html']),
  'new:engine': ([engine]) => newEngine(engine),
  'new:node': ([kind]) => newNode(kind),
}

const [name, ...args] = process.argv.slice(2)
if (!scripts[name]) {
  say(`There is no script ${name}: one of ${Object.keys(scripts).join(', ')}.`)
  process.exit(2)
}
install()
try {
  process.exitCode = (await scripts[name](args)) ?? 0
} catch (thrown) {
  say(thrown instanceof Error ? thrown.message : String(thrown))
  process.exitCode = 1
}
