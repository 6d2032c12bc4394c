import type { Locator, Page } from '@playwright/test'
import { BatchBuilder, dataText } from '../../src/engines/kit/pure/batch.ts'
import { aggregate } from '../../src/engines/kit/pure/kpl.ts'
import type { Millrace } from '../support/millrace.ts'
import { expect, testInOneWindow as test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { Shell } from './support/shell.ts'

const COUNT = 1200

/** A stream of two shards, each with records that say their number; one consumer has read the first hundred of the first shard. */
async function fill(millrace: Millrace, stream: string): Promise<void> {
  const clients = await millrace.clients()
  await clients.stream.createStream({ stream, shardCount: 2, quotas: false })
  const batch = new BatchBuilder()
  for (let i = 0; i < COUNT; i++)
    batch.add(i % 3 === 0 ? 'hot' : `key-${i}`, JSON.stringify({ number: i, even: i % 2 === 0 }))
  await clients.stream.put({ stream, batch: batch.finish() })
  const { shards } = await clients.stream.describeStream({ stream })
  await clients.stream.read({
    stream,
    shardId: shards[0].shardId,
    position: { type: 'TRIM_HORIZON' },
    maxRecords: 100,
    consumer: 'slow-reader',
  })
}

async function open(page: Page, millrace: Millrace, stream: string): Promise<Shell> {
  await fill(millrace, stream)
  const shell = await Shell.open(page, millrace)
  await shell.command(stream)
  // The workspace remembers which of them was looked at last.
  await detail(page, 'Shards')
  await expect(page.getByRole('grid', { name: 'Shards' })).toBeVisible()
  return shell
}

const detail = (page: Page, title: string) => page.getByRole('tab', { name: title }).last().click()

test('shows hot keys, and how far each consumer is from a tip that moves', async ({ page, millrace }) => {
  await open(page, millrace, 'distances')
  const clients = await millrace.clients()
  await detail(page, 'Hot keys')
  await expect(page.getByRole('grid', { name: 'Hot keys' }).getByText('hot', { exact: true })).toBeVisible()
  await detail(page, 'Consumers')
  const row = page.getByRole('grid', { name: 'Consumers' }).getByRole('row', { name: /slow-reader/ })
  const distance = row.getByRole('gridcell').nth(1)
  const tip = async () => (await clients.stream.describeStream({ stream: 'distances' })).shards[0].nextOffset - 100
  await expect(distance).toHaveText(String(await tip()))
  const batch = new BatchBuilder()
  for (let i = 0; i < 400; i++) batch.add(`more-${i}`, '{}')
  await clients.stream.put({ stream: 'distances', batch: batch.finish() })
  await expect(distance).toHaveText(String(await tip()))
})

test('reads records where one points, searches them, goes on and sends them again', async ({ page, millrace }) => {
  await open(page, millrace, 'numbered')
  const clients = await millrace.clients()
  const shards = async () => (await clients.stream.describeStream({ stream: 'numbered' })).shards
  await detail(page, 'Records')
  const grid = page.getByRole('grid', { name: 'Records' })
  // The newest of the first shard, without asking.
  await expect(page.getByText('at the tip')).toBeVisible()
  await expect(grid.getByRole('row').nth(1)).toBeVisible()
  await page.getByRole('combobox', { name: 'From' }).click()
  await page.getByRole('option', { name: /^Oldest kept/ }).click()
  await page.getByRole('textbox', { name: 'Only records that meet' }).fill('number >= 900 and even = true')
  await page.getByRole('button', { name: 'Read', exact: true }).click()
  await expect(grid.getByRole('row').nth(1)).toContainText('"even":true')
  await grid.getByRole('row').nth(1).click()
  await expect(page.locator('pre', { hasText: '"number"' })).toBeVisible()
  const before = (await shards()).reduce((sum, shard) => sum + shard.nextOffset, 0)
  await page.getByRole('button', { name: 'Send again…' }).click()
  await page.getByRole('button', { name: 'Send 1 record' }).click()
  await expect(page.getByText('1 record sent again')).toBeVisible()
  expect((await shards()).reduce((sum, shard) => sum + shard.nextOffset, 0)).toBe(before + 1)
  // Time travel: a place that is no time cannot be read from, and one before all records reads the first.
  await page.getByRole('textbox', { name: 'Only records that meet' }).fill('')
  await page.getByRole('combobox', { name: 'From' }).click()
  await page.getByRole('option', { name: /^At a time/ }).click()
  await page.getByRole('textbox', { name: 'Time, UTC' }).fill('yesterday')
  await expect(page.getByRole('button', { name: 'Read', exact: true })).toBeDisabled()
  await page.getByRole('textbox', { name: 'Time, UTC' }).fill('2000-01-01 00:00')
  await page.getByRole('button', { name: 'Read', exact: true }).click()
  await expect(grid.getByRole('row').nth(1).getByRole('gridcell').first()).toHaveText('0')
  // Another shard shows its own records at once.
  await page.getByRole('combobox', { name: 'Shard' }).click()
  await page.getByRole('option', { name: 'shard 1' }).click()
  const first = (
    await clients.stream.read({
      stream: 'numbered',
      shardId: (await shards())[1].shardId,
      position: { type: 'TRIM_HORIZON' },
      maxRecords: 1,
    })
  ).batch
  const number = JSON.parse(new TextDecoder().decode(first.data)).number
  await expect(grid.getByRole('row').nth(1)).toContainText(`"number":${number},`)
})

const choose = async (page: Page, label: string, option: RegExp) => {
  await page.getByRole('combobox', { name: label, exact: true }).click()
  await page.getByRole('option', { name: option }).click()
}

/** Where a shard's band is at the right edge of the picture: shares of its height, by hash range. */
const band = async (picture: Locator, share: number) => {
  const { width, height } = (await picture.boundingBox())!
  return { x: width - 4, y: 2 + (height - 24) * share }
}
const click = async (picture: Locator, share: number, options: Parameters<Locator['click']>[0] = {}) =>
  picture.click({ position: await band(picture, share), ...options })
const hover = async (picture: Locator, share: number) => picture.hover({ position: await band(picture, share) })

test('splits, merges and reshards from the picture, after saying what it does and costs', async ({
  page,
  millrace,
}) => {
  const shell = await open(page, millrace, 'splits')
  const clients = await millrace.clients()
  await page.getByRole('radio', { name: 'By range' }).click()
  const picture = page.getByRole('img', { name: /shards by hash range/ })
  await click(picture, 0.2)
  await expect(shell.inspector.getByRole('heading', { name: 'shard 0' })).toBeVisible()
  await page.getByRole('toolbar', { name: 'Stream', exact: true }).getByRole('button', { name: 'Split…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Split shard 0' })
  await expect(dialog.getByRole('region', { name: 'What happens' })).toContainText('+$10.95 a month')
  await choose(page, 'Where', /^At a hash key/)
  await dialog.getByRole('combobox', { name: 'Second shard begins at' }).fill('1')
  await page.keyboard.press('Tab')
  await expect(dialog.getByRole('button', { name: 'Split' })).toBeDisabled()
  await choose(page, 'Where', /^In the middle/)
  await dialog.getByRole('button', { name: 'Split' }).click()
  await expect(page.getByRole('img', { name: /^4 shards by hash range/ })).toBeVisible()
  await expect(page.getByRole('grid', { name: 'Shards' }).getByText('draining')).toBeVisible()
  // Nothing is merged while the stream is still being split.
  await expect(page.getByRole('main').getByText('active', { exact: true }).filter({ visible: true })).toBeVisible()
  // The picture goes by whole seconds: its newest one has the new shards soon.
  await expect(async () => {
    await hover(picture, 0.1)
    await expect(
      page
        .getByRole('main')
        .getByText(/^shard 2$/)
        .filter({ visible: true }),
    ).toBeVisible({ timeout: 500 })
  }).toPass()
  // Two in the picture, then what the right button offers.
  await click(picture, 0.1)
  await click(picture, 0.4, { modifiers: ['Shift'] })
  await click(picture, 0.4, { button: 'right' })
  await page.getByRole('menuitem', { name: 'Merge…' }).click()
  await expect(page.getByRole('dialog')).toContainText('−$10.95 a month')
  await page.getByRole('dialog').getByRole('button', { name: 'Merge' }).click()
  await expect(page.getByRole('img', { name: /^5 shards by hash range/ })).toBeVisible()
  await page.getByRole('button', { name: 'Reshard…' }).click()
  await page.getByRole('textbox', { name: 'Shards of equal size' }).fill('3')
  await page.getByRole('dialog').getByRole('button', { name: 'Reshard' }).click()
  await expect.poll(async () => (await clients.stream.describeStream({ stream: 'splits' })).openShardCount).toBe(3)
  await look(page, 'streams')
})

test('walks the picture by keys, and reads the records of the second that it stands on', async ({ page, millrace }) => {
  await open(page, millrace, 'walks')
  const clients = await millrace.clients()
  await page.getByRole('radio', { name: 'By shard' }).click()
  const picture = page.getByRole('application', { name: /^Picture of the shards/ })
  await picture.focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowLeft')
  await expect(page.getByText(/^shard 0 at .*records, .* in/)).toBeAttached()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('combobox', { name: 'Shard', exact: true })).toHaveText('shard 1')
  await expect(page.getByRole('combobox', { name: 'From' })).toHaveText('At a time')
  await expect(page.getByRole('textbox', { name: 'Time, UTC' })).toHaveValue(/^20\d\d-/)
  // A sequence number says itself which shard it is of.
  const { shards } = await clients.stream.describeStream({ stream: 'walks' })
  await choose(page, 'From', /^At a sequence number/)
  await page.getByRole('textbox', { name: 'Sequence number' }).fill(shards[0].startingSequenceNumber)
  await page.getByRole('button', { name: 'Read', exact: true }).click()
  await expect(page.getByRole('combobox', { name: 'Shard', exact: true })).toHaveText('shard 0')
  await expect(
    page.getByRole('grid', { name: 'Records' }).getByRole('row').nth(1).getByRole('gridcell').first(),
  ).toHaveText('0')
})

test('decodes what KPL aggregated, Avro and Protobuf by pasted schemas, and remembers them', async ({
  page,
  millrace,
}) => {
  await open(page, millrace, 'formats')
  const clients = await millrace.clients()
  await clients.stream.createStream({ stream: 'encoded' })
  const batch = new BatchBuilder()
  const user = [
    { key: 'ann', data: '{"who":"Ann"}' },
    { key: 'bob', hashKey: '7', data: '{"who":"Bob"}' },
  ]
  batch.add('packed', aggregate(user))
  // Confluent's frame, then Avro: the string "ATL" and the long 42.
  batch.add('avro', Uint8Array.of(0, 0, 0, 0, 1, 6, 65, 84, 76, 84))
  // Protobuf: field 1 "ORD".
  batch.add('proto', Uint8Array.of(10, 3, 79, 82, 68))
  await clients.stream.put({ stream: 'encoded', batch: batch.finish() })
  await new Shell(page).command('encoded')
  await detail(page, 'Records')
  await choose(page, 'From', /^Oldest kept/)
  await page.getByRole('button', { name: 'Read', exact: true }).click()
  const row = (key: string) => page.getByRole('grid', { name: 'Records' }).getByRole('row', { name: new RegExp(key) })
  await expect(row('packed')).toContainText('KPL › JSON × 2')
  await row('packed').click()
  await page.getByRole('grid', { name: '2 records in it' }).getByText('bob', { exact: true }).click()
  await expect(page.locator('pre', { hasText: '"who": "Bob"' })).toBeVisible()
  await choose(page, 'Read data as', /^Avro/)
  const schemas = page.getByRole('dialog', { name: 'How to read records' })
  await schemas.getByRole('textbox', { name: 'Avro schema' }).fill('{"type":"record"')
  await expect(schemas.getByRole('alert')).toBeVisible()
  await expect(schemas.getByRole('button', { name: 'Use' })).toBeDisabled()
  await schemas
    .getByRole('textbox', { name: 'Avro schema' })
    .fill('{"type":"record","name":"F","fields":[{"name":"origin","type":"string"},{"name":"delay","type":"long"}]}')
  await schemas
    .getByRole('textbox', { name: 'Protobuf' })
    .fill('syntax = "proto3"; message Stop { string airport = 1; }')
  await expect(schemas.getByRole('combobox', { name: 'Message' })).toHaveText('Stop')
  await schemas.getByRole('button', { name: 'Use' }).click()
  await expect(row('avro')).toContainText('{"origin":"ATL","delay":42}')
  await choose(page, 'Read data as', /^Protobuf/)
  await expect(row('proto')).toContainText('{"airport":"ORD"}')
  await expect
    .poll(async () => (await clients.workspace.readState({ key: 'streams.decode.encoded' })).value)
    .toMatchObject({ format: 'protobuf' })
  await page.reload()
  await expect(row('proto')).toContainText('{"airport":"ORD"}')
})

test('sends a range of a shard to another stream, in order, with its count', async ({ page, millrace }) => {
  await open(page, millrace, 'from-here')
  const clients = await millrace.clients()
  await clients.stream.createStream({ stream: 'to-there', shardCount: 1, quotas: false })
  const { shards } = await clients.stream.describeStream({ stream: 'from-here' })
  await detail(page, 'Records')
  await page.getByRole('button', { name: 'Send again…' }).click()
  await choose(page, 'What', /^A range of shard/)
  await page.getByRole('textbox', { name: 'From #' }).fill('10')
  await page.getByRole('textbox', { name: 'To #, with it' }).fill('299')
  await choose(page, 'To stream', /^to-there/)
  await page.getByRole('button', { name: 'Send 290 records' }).click()
  await expect(page.getByText('290 records sent again')).toBeVisible()
  const read = (stream: string, shardId: string, offset: number) =>
    clients.stream.read({ stream, shardId, position: { type: 'OFFSET', offset }, maxRecords: 290 })
  const sent = await read('to-there', 'shardId-000000000000', 0)
  const own = await read('from-here', shards[0].shardId, 10)
  const texts = ({ batch }: typeof own) => Array.from({ length: batch.count }, (_, i) => dataText(batch, i))
  expect(texts(sent)).toEqual(texts(own))
})

test('has nothing that axe-core calls serious on any stream screen', async ({ page, millrace }) => {
  test.slow()
  const shell = await open(page, millrace, 'accessible')
  for (const theme of ['dark', 'light']) {
    for (const title of ['Shards', 'Records', 'Consumers', 'Hot keys']) {
      await detail(page, title)
      const within = title === 'Shards' ? undefined : '[role=tabpanel]'
      expect(await shell.accessibilityProblems(within), `${title}, ${theme}`).toEqual([])
    }
    await shell.command('Create data stream…')
    expect(await shell.accessibilityProblems('[role=dialog]'), `dialog, ${theme}`).toEqual([])
    await page.keyboard.press('Escape')
    await shell.command('Switch between dark and light')
  }
})

test('says what shards refuse, and of a stream that was deleted nothing as if it were there', async ({
  page,
  millrace,
}) => {
  await open(page, millrace, 'refusing')
  const clients = await millrace.clients()
  await clients.stream.updateStream({ stream: 'refusing', quotas: true })
  const batch = new BatchBuilder()
  for (let i = 0; i < 5000; i++) batch.add('one key', '{}')
  await clients.stream.put({ stream: 'refusing', batch: batch.finish() })
  await expect(page.getByText(/^refused [\d,.]+ rec\/s$/)).toBeVisible()
  const refusals = page
    .getByRole('grid', { name: 'Shards' })
    .getByRole('row')
    .getByText(/^[1-9][\d,.]* rec\/s$/)
  await expect(refusals.first()).toBeVisible()
  // A condition that cannot be read is refused where it stands; nothing is read for it.
  await detail(page, 'Records')
  const condition = page.getByRole('textbox', { name: 'Only records that meet' })
  await condition.fill('number > > 3')
  await expect(page.getByText(/^The condition cannot be read/)).toBeHidden()
  await condition.press('Enter')
  await expect(page.getByText(/^The condition cannot be read: .*Expected a value after ">"/)).toBeVisible()
  await expect(condition).toHaveAttribute('aria-invalid', 'true')
  await condition.fill('number > 3')
  await expect(page.getByText(/^The condition cannot be read/)).toBeHidden()
  await clients.stream.deleteStream({ stream: 'refusing' })
  await expect(page.getByRole('alert').filter({ hasText: 'The stream refusing cannot be shown' })).toBeVisible()
  await expect(page.getByRole('grid', { name: 'Records' })).toBeHidden()
})

test('shows delivery streams, what keeps one from delivering, and delivers at once when asked', async ({
  page,
  millrace,
}) => {
  const clients = await millrace.clients()
  await clients.lake.createBucket({ bucket: 'landing' })
  const destination = { bucket: 'landing', prefix: 'in/', errorOutputPrefix: 'errors/' }
  await clients.firehose.createDeliveryStream({ name: 'to-the-lake', destination })
  const shell = await Shell.open(page, millrace)
  // The activity that is open would be folded away by a click.
  await shell.activity('Home')
  await shell.activity('Streams')
  await shell.explorer.getByRole('tree', { name: 'Delivery streams' }).getByText('to-the-lake').click()
  await expect(page.getByText('s3://landing/in/')).toBeVisible()
  const deliver = page.getByRole('button', { name: 'Deliver now' })
  await expect(deliver).toBeDisabled()
  await clients.system.injectFault({ engine: 'lake', effect: { kind: 'disk-full' } })
  const batch = new BatchBuilder()
  for (let i = 0; i < 7; i++) batch.add('', `record ${i}\n`)
  await clients.firehose.put({ name: 'to-the-lake', batch: batch.finish() })
  await expect(page.getByText(/^7 records, .* due in/)).toBeVisible()
  await deliver.click()
  await expect(page.getByRole('alert').filter({ hasText: 'Delivery fails' })).toContainText('full')
  await look(page, 'delivery-fails')
  expect(await shell.accessibilityProblems()).toEqual([])
  for await (const [fault] of clients.system.watchFaults({})) {
    await clients.system.removeFault({ id: fault.id })
    break
  }
  await expect(page.getByText(/^7 records, .* in 1 object$/)).toBeVisible()
  await expect(page.getByRole('alert').filter({ hasText: 'Delivery fails' })).toBeHidden()
})

test('a stream is created from the palette, whatever activity is open', async ({ page, millrace }) => {
  const shell = await Shell.open(page, millrace)
  await shell.activity('Home')
  await shell.command('Create data stream…')
  const dialog = page.getByRole('dialog', { name: 'Create data stream' })
  await dialog.getByLabel('Name').fill('not a name!')
  await expect(dialog.getByRole('alert')).toContainText('Only letters')
  await expect(dialog.getByRole('button', { name: 'Create' })).toBeDisabled()
  await dialog.getByLabel('Name').fill('from-the-palette')
  await dialog.getByRole('button', { name: 'Create' }).click()
  await expect(shell.tab('from-the-palette')).toBeVisible()
})
