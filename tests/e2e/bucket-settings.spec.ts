import { expect, test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { Shell } from './support/shell.ts'

test('a bucket is told to keep versions, to delete in time, and whom to let in', async ({ page, millrace }) => {
  const clients = await millrace.clients()
  await clients.lake.createBucket({ bucket: 'raw' })
  const shell = await Shell.open(page, millrace)
  await shell.command('Create crawler…')
  await page.keyboard.press('Escape')
  await shell.explorer.getByRole('treeitem', { name: 'raw' }).click()
  await page.getByRole('button', { name: 'Bucket settings' }).click()
  await page.getByRole('switch', { name: 'Versions' }).click()
  await page.getByLabel('Tags').fill('team=data\naws:owner=me')
  await page.getByRole('button', { name: 'Save tags' }).click()
  await expect(page.getByText('The TagKey or TagValue you have provided is invalid')).toBeVisible()
  await look(page, 'bucket-general')
  await page.getByLabel('Tags').fill('team=data')
  await page.getByRole('button', { name: 'Save tags' }).click()

  await page.getByRole('tab', { name: /^Lifecycle/ }).click()
  await page.getByRole('button', { name: 'Add lifecycle rule…' }).click()
  const rule = page.getByRole('dialog', { name: 'Add lifecycle rule' })
  await rule.getByRole('button', { name: 'Save' }).click()
  await expect(rule.getByText('A name of your own, such as old-logs')).toBeVisible()
  await rule.getByLabel('Name', { exact: true }).fill('old-logs')
  await rule.getByLabel('Prefix').fill('logs/')
  await rule.getByLabel('Old versions are deleted after').fill('7')
  await look(page, 'bucket-lifecycle-rule')
  await rule.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('grid', { name: 'Lifecycle rules' })).toContainText('deletes after 30 days')
  await look(page, 'bucket-lifecycle')

  await page.getByRole('tab', { name: /^CORS/ }).click()
  await page.getByRole('button', { name: 'Add CORS rule…' }).click()
  const cors = page.getByRole('dialog', { name: 'Add CORS rule' })
  await cors.getByLabel('Origins').fill('https://example.com')
  await look(page, 'bucket-cors-rule')
  await cors.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('grid', { name: 'CORS rules' })).toContainText('https://example.com')

  await page.getByRole('tab', { name: /^Notifications/ }).click()
  await page.getByRole('button', { name: 'Add notification…' }).click()
  await look(page, 'bucket-notification')
  expect(await clients.lake.bucketSettings({ bucket: 'raw' })).toMatchObject({
    versioning: 'Enabled',
    tags: { team: 'data' },
    lifecycle: [{ id: 'old-logs', prefix: 'logs/', expireDays: 30, noncurrentDays: 7 }],
    cors: [{ origins: ['https://example.com'], methods: ['GET'] }],
  })
})
