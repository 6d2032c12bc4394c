import { expect, test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { Shell } from './support/shell.ts'

test('shows what passes, tests a pattern, and makes a rule of it whose deliveries can be seen', async ({
  page,
  millrace,
}) => {
  const clients = await millrace.clients()
  await clients.stream.createStream({ stream: 'orders', shardCount: 1, quotas: false })
  const shell = await Shell.open(page, millrace)
  await shell.activity('Events')
  await expect(shell.explorer.getByText('No rules')).toBeVisible()
  await shell.explorer.getByRole('treeitem', { name: 'Live events' }).click()
  await expect(page.getByText('Nothing has passed yet')).toBeVisible()
  await look(page, 'events-empty')

  await shell.explorer.getByRole('treeitem', { name: 'Pattern tester' }).click()
  await expect(page.getByText('matches', { exact: true })).toBeVisible()
  await look(page, 'events-pattern')
  await page.getByRole('button', { name: 'Create rule…' }).click()
  const rule = page.getByRole('dialog', { name: 'Create rule' })
  await rule.getByLabel('Name').fill('large-orders')
  await rule.getByRole('combobox', { name: 'Target' }).click()
  await page.getByRole('option', { name: 'orders' }).click()
  await look(page, 'events-rule')
  await rule.getByRole('button', { name: 'Create', exact: true }).click()
  await expect(page.getByRole('grid', { name: 'Rules' }).getByText('large-orders')).toBeVisible()

  await page.getByRole('tab', { name: 'Pattern tester' }).click()
  await page.getByRole('button', { name: 'Put event' }).click()
  await page.getByRole('tab', { name: 'Deliveries' }).click()
  await page.getByRole('grid', { name: 'Deliveries' }).getByText('delivered').click()
  await expect(page.getByRole('region', { name: 'Chosen delivery' })).toContainText('"total": 120.5')
  await look(page, 'events-deliveries')

  const target = { arn: 'arn:aws:kinesis:us-east-1:000000000000:stream/orders', partitionKey: 'k' }
  await clients.events.createSchedule({ name: 'nightly', expression: 'cron(0 2 * * ? *)', zone: 'Europe/Oslo', target })
  await shell.explorer.getByRole('treeitem', { name: 'nightly' }).click()
  await expect(page.getByRole('grid', { name: 'Schedules' }).getByText('Europe/Oslo')).toBeVisible()
  await look(page, 'events-schedules')
  await page.getByRole('tab', { name: 'Live events' }).click()
  await page.getByRole('grid', { name: 'Events' }).getByText('Order placed').click()
  await look(page, 'events-live')
})
