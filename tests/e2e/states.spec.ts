import { expect, test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { Shell } from './support/shell.ts'

const DEFINITION = {
  StartAt: 'Prepare',
  States: {
    Prepare: { Type: 'Pass', Assign: { 'bucket.$': '$.bucket' }, Next: 'For each day' },
    'For each day': {
      Type: 'Map',
      ItemsPath: '$.days',
      ItemProcessor: {
        StartAt: 'Is it a holiday?',
        States: {
          'Is it a holiday?': {
            Type: 'Choice',
            Choices: [{ Variable: '$', StringEquals: 'sunday', Next: 'Rest' }],
            Default: 'Count',
          },
          Rest: { Type: 'Pass', Result: 0, End: true },
          Count: { Type: 'Pass', Result: 1, End: true },
        },
      },
      ResultPath: '$.counts',
      Next: 'List files',
    },
    'List files': {
      Type: 'Task',
      Resource: 'arn:aws:states:::aws-sdk:s3:listObjectsV2',
      Parameters: { 'Bucket.$': '$bucket' },
      ResultSelector: { 'files.$': '$.KeyCount' },
      Catch: [{ ErrorEquals: ['S3.NoSuchBucketException'], ResultPath: '$.error', Next: 'Tell' }],
      Next: 'Done',
    },
    Tell: { Type: 'Fail', Error: 'NoBucket', Cause: 'There is no such bucket.' },
    Done: { Type: 'Succeed' },
  },
}

test('creates a machine, runs it, shows each state, and mends and redrives what failed', async ({ page, millrace }) => {
  const clients = await millrace.clients()
  const shell = await Shell.open(page, millrace)
  await shell.activity('State machines')
  await expect(shell.explorer.getByText('No state machines')).toBeVisible()
  await shell.command('Create state machine…')
  const dialog = page.getByRole('dialog', { name: 'Create state machine' })
  await dialog.getByLabel('Name').fill('orders')
  await dialog.getByRole('button', { name: 'Create', exact: true }).click()
  await expect(page.getByRole('button', { name: /Is it large\?/ })).toBeVisible()

  await page.getByRole('button', { name: 'Start execution…' }).first().click()
  const start = page.getByRole('dialog', { name: 'Start an execution of orders' })
  await start.getByRole('button', { name: 'Start', exact: true }).click()
  await expect(page.getByText('ExecutionSucceeded')).toBeVisible({ timeout: 10_000 })
  await page.getByRole('button', { name: /^Accept/ }).click()
  await expect(page.getByRole('region', { name: 'Output' }).first()).toContainText('"accepted": true')

  await clients.states.createMachine({ name: 'days', definition: JSON.stringify(DEFINITION, null, 2) })
  const input = JSON.stringify({ bucket: 'not-there', days: ['monday', 'sunday'] })
  const { executionArn } = await clients.states.start({ machineArn: 'days', name: 'week', input })
  await shell.explorer.getByRole('treeitem', { name: /days/ }).click()
  await page.getByRole('gridcell', { name: 'week' }).dblclick()
  await expect(page.getByRole('region', { name: 'Error' })).toContainText('There is no such bucket')
  await page.getByRole('button', { name: /^List files/ }).click()
  await expect(page.getByRole('region', { name: 'Error' })).toContainText('does not exist')
  await look(page, 'states-failed')
  await clients.lake.createBucket({ bucket: 'not-there' })
  await page.getByRole('button', { name: 'Redrive' }).click()
  await expect.poll(async () => (await clients.states.describe({ executionArn })).redriveCount).toBe(1)

  await shell.explorer.getByRole('treeitem', { name: /days/ }).click()
  await page.getByRole('tab', { name: 'Definition' }).click()
  const editor = page.getByRole('textbox', { name: 'Definition of days' })
  await expect(page.getByText('"StartAt"').first()).toBeVisible()
  await editor.focus()
  await page.keyboard.press('Control+a')
  await page.keyboard.insertText(JSON.stringify({ ...DEFINITION, StartAt: 'Nowhere' }, null, 2))
  // The editor has closed a brace by itself.
  await page.keyboard.press('Control+Shift+End')
  await page.keyboard.press('Delete')
  await expect(page.getByRole('list', { name: 'Problems of the definition' })).toContainText(
    "Missing 'Next' target: Nowhere",
  )
})
