import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JobSpecInput } from '../../src/engines/mapreduce/contract.ts'
import { expect, test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { Shell } from './support/shell.ts'

const WORDS = `export const map = (_, line, { emit }) => line.split(' ').forEach((word) => emit(word, 1))
export const reduce = (key, values, { emit }) => {
  let sum = 0
  for (const value of values) sum += Number(value)
  emit(key, sum)
}
export const broken = () => { throw new Error('not this line') }
`

const words = (name: string, more: Partial<JobSpecInput> = {}): JobSpecInput => ({
  name,
  input: { paths: ['s3://jobs/in/'], splitBytes: 200_000 },
  map: { kind: 'module', file: 'jobs/words.mjs' },
  reduce: { kind: 'module', file: 'jobs/words.mjs' },
  reducers: 4,
  output: { path: `s3://jobs/${name}/` },
  ...more,
})

test('shows what flows through a job, its attempts, the key that is heavy and the record at a breakpoint', async ({
  page,
  millrace,
}) => {
  const { lake, mapreduce } = await millrace.clients()
  const folder = join(millrace.ready.workspace, 'jobs')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'words.mjs'), WORDS)
  await lake.createBucket({ bucket: 'jobs' })
  const lines = Array.from({ length: 20_000 }, (_, i) => `the word-${i % 97} the other-${i % 1009} the`).join('\n')
  await lake.putObject({ bucket: 'jobs', key: 'in/words.txt', body: new TextEncoder().encode(lines) })
  const shell = await Shell.open(page, millrace)
  await shell.activity('MapReduce')
  await expect(shell.explorer.getByText('No jobs')).toBeVisible()
  await shell.explorer.getByRole('button', { name: 'Run a worked job' }).click()
  const dialog = page.getByRole('dialog', { name: 'Run a MapReduce job' })
  await expect(dialog.getByRole('radio').first()).toBeVisible()
  await look(page, 'mapreduce-empty')
  await page.keyboard.press('Escape')

  await mapreduce.submit(words('words'))
  await shell.explorer.getByRole('treeitem', { name: /words/ }).click()
  await expect(page.getByRole('tabpanel').getByText('Succeeded', { exact: true })).toBeVisible({ timeout: 30_000 })
  await expect(page.getByRole('img', { name: /^map: 20,000 records/ })).toBeVisible()
  await look(page, 'mapreduce-attempts')
  await page.getByRole('application', { name: /^Attempts/ }).focus()
  await page.keyboard.press('ArrowRight')
  await expect(shell.inspector).toContainText('map 0')
  await look(page, 'mapreduce-attempt')
  await page.getByRole('button', { name: 'Run the task once more' }).click()
  await expect(shell.inspector).toContainText('its output is thrown away')
  await expect(shell.inspector).toContainText('Succeeded')
  await look(page, 'mapreduce-rerun')
  await page.getByRole('tab', { name: 'Partitions' }).click()
  await expect(page.getByText(/is heavy with the: 60,000/)).toBeVisible()
  await look(page, 'mapreduce-partitions')
  await page.getByRole('tab', { name: 'Records' }).click()
  await expect(page.getByRole('row', { name: /word-/ }).first()).toBeVisible()
  await look(page, 'mapreduce-records')
  await page.getByRole('tab', { name: 'Counters' }).click()
  await page.getByRole('button', { name: 'Only map 0' }).click()
  await look(page, 'mapreduce-counters')
  await expect(page.getByRole('row', { name: /MAP_INPUT_RECORDS/ })).toContainText('20,000')
  expect(await shell.accessibilityProblems()).toEqual([])

  const broken = { kind: 'module', file: 'jobs/words.mjs', export: 'broken' } as const
  await mapreduce.submit(words('broken', { map: broken, maxAttempts: 2 }))
  await shell.explorer.getByRole('treeitem', { name: /broken/ }).click()
  await expect(page.getByText('not this line').first()).toBeVisible({ timeout: 30_000 })
  await expect(page.getByRole('img', { name: /^map: .*the job failed here; shuffle: 0 records/ })).toBeVisible()
  await page.getByRole('button', { name: /^Failed in map \d, attempt 2/ }).click()
  await expect(shell.inspector).toContainText(/map \d, attempt 2.*Failed/)
  await look(page, 'mapreduce-failed')
  expect(await shell.accessibilityProblems()).toEqual([])
  await page.getByRole('button', { name: 'Run again' }).click()
  await expect(shell.explorer.getByRole('treeitem', { name: /broken/ })).toHaveCount(2)

  await mapreduce.submit(words('stopped', { breakpoints: [{ stage: 'reduce', key: 'the' }] }))
  await shell.explorer.getByRole('treeitem', { name: /stopped/ }).click()
  await expect(page.getByText(/stands before the reduce of the/)).toBeVisible({ timeout: 30_000 })
  await look(page, 'mapreduce-held')
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect(page.getByRole('tabpanel', { name: 'stopped' }).getByText('Succeeded', { exact: true })).toBeVisible({
    timeout: 30_000,
  })
})
