// `npm test`: everything a change must pass, from a fresh clone. The last line sums all suites.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bin, build, checkTypes, install, root, run, say } from './toolchain.mjs'

const totals = { passed: 0, failed: 0, skipped: 0 }

function count(passed, failed, skipped = 0) {
  totals.passed += passed
  totals.failed += failed
  totals.skipped += skipped
}

/** Checks that are one yes or no each, such as the type checker, side by side. */
async function steps(checks) {
  const codes = await Promise.all(Object.values(checks).map((work) => work()))
  for (const [i, title] of Object.keys(checks).entries()) {
    say(`— ${title}: ${codes[i] === 0 ? 'passed' : 'failed'}`)
    count(codes[i] === 0 ? 1 : 0, codes[i] === 0 ? 0 : 1)
  }
}

/** Debian's Chromium without windows opens a page with two thirds of the work of the whole browser; any Chromium does. */
const HEADLESS = '/usr/bin/chromium-headless-shell'
const BROWSERS = [HEADLESS, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

async function chromium() {
  const found = () => process.env.CHROMIUM ?? BROWSERS.find((file) => existsSync(file))
  // Where minutes count, the lighter one is fetched even beside another.
  const enough = process.env.CI ? process.env.CHROMIUM || existsSync(HEADLESS) : found()
  if (!enough && process.platform === 'linux' && process.getuid?.() === 0) {
    say('Installing Chromium for the end-to-end tests …')
    const get = 'apt-get install -y -qq --no-install-recommends'
    const apt = spawn('sh', ['-c', `apt-get update -qq && (${get} chromium-headless-shell || ${get} chromium)`], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
    await once(apt, 'exit')
  }
  return found()
}

async function vitest(title, args) {
  say(`\n— ${title}`)
  const report = join(root, 'test-results', `${title.replaceAll(/\W+/g, '-')}.json`)
  const code = await run(
    bin.vitest,
    ['run', ...args, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    { env: { MILLRACE_ENTRY: 'out/main/cli.js' } },
  )
  const result = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined
  if (!result) count(0, 1)
  else
    count(
      result.numPassedTests,
      result.numFailedTests + (code !== 0 && result.numFailedTests === 0 ? 1 : 0),
      result.numPendingTests,
    )
}

async function playwright(title, project) {
  say(`\n— ${title}`)
  const report = join(root, 'test-results', `${project}.json`)
  const output = join(root, 'test-results', project)
  await run(bin.playwright, ['test', `--project=${project}`, `--output=${output}`, '--reporter=list,json'], {
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: report },
  })
  const stats = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')).stats : undefined
  if (!stats) return count(0, 1)
  if (stats.flaky > 0) say(`${stats.flaky} of them passed at the second try only`)
  count(stats.expected + stats.flaky, stats.unexpected, stats.skipped)
}

install()
mkdirSync(join(root, 'test-results'), { recursive: true })
const [browser] = await Promise.all([
  chromium(),
  steps({
    'types: engines, shells and tests': () => checkTypes('node'),
    'types: pages': () => checkTypes('web'),
    'types: preload': () => checkTypes('preload'),
    'types: end-to-end tests': () => checkTypes('e2e'),
    'lint and format': () => run(bin.biome, ['check', '--error-on-warnings']),
  }),
  build(),
])
await vitest('engines', [])
if (browser) await playwright('the program in Chromium', 'e2e')
else {
  say(
    '\nNo Chromium was found and none could be installed: on Debian, `apt-get install chromium`, or set CHROMIUM to a browser.',
  )
  count(0, 1)
}
await playwright('the desktop shell', 'desktop')

say(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`)
process.exitCode = totals.failed === 0 ? 0 : 1
