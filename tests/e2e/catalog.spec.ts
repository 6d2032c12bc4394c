import { expect, testInOneWindow as test } from './support/fixture.ts'
import { look } from './support/look.ts'
import { Shell } from './support/shell.ts'

const text = (value: string) => new TextEncoder().encode(value) as Uint8Array<ArrayBuffer>

test('a crawler is made, run, and says what it changed and could not take in', async ({ page, millrace }) => {
  // Five screens in four pictures each.
  test.slow()
  const clients = await millrace.clients()
  await clients.lake.createBucket({ bucket: 'raw' })
  for (const day of ['01', '02', '03'])
    await clients.lake.putObject({
      bucket: 'raw',
      key: `orders/day=${day}/a.csv`,
      body: text('id,name,price\n1,ada,2.5\n2,bob,3\n'),
    })
  await clients.lake.putObject({ bucket: 'raw', key: 'orders/day=03/b.parquet', body: text('PAR1, and then nothing') })
  const shell = await Shell.open(page, millrace)
  await shell.command('Create crawler…')
  const dialog = page.getByRole('dialog', { name: 'Create crawler' })
  await dialog.getByLabel('Name', { exact: true }).fill('orders')
  await dialog.getByLabel('Add a folder').click()
  await page.getByRole('option', { name: 's3://raw/orders/' }).click()
  await expect(dialog.getByLabel('Paths')).toHaveValue('s3://raw/orders/')
  await dialog.getByLabel('Exclusions').fill('**.tmp')
  await look(page, 'crawler-create')
  await dialog.getByRole('button', { name: 'Create', exact: true }).click()
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await expect(page.getByRole('grid', { name: 'Runs of orders' }).getByText('with problems')).toBeVisible()
  await expect(page.getByText('+1 table, +3 partitions').first()).toBeVisible()
  await look(page, 'crawler-runs')
  await page
    .getByRole('tab', { name: /^Problems/ })
    .last()
    .click()
  await expect(page.getByRole('grid', { name: 'Problems of orders' })).toContainText('does not end so')
  await look(page, 'crawler-problems')

  await shell.explorer.getByRole('treeitem', { name: /^orders csv/ }).dblclick()
  await page
    .getByRole('tab', { name: /^Partitions/ })
    .last()
    .click()
  await page.getByRole('button', { name: 'Add partition…' }).click()
  const add = page.getByRole('dialog', { name: 'Add a partition to orders' })
  await add.getByLabel('day').fill('04')
  await add.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(page.getByRole('grid', { name: 'Partitions of orders' })).toContainText('s3://raw/orders/day=04/')
  await look(page, 'table-partitions')
  await page.getByRole('button', { name: 'Edit…' }).last().click()
  const edit = page.getByRole('dialog', { name: 'Edit orders' })
  await edit.getByLabel('Type of id').fill('int')
  await edit.getByLabel('Comment of name').fill('who ordered')
  await look(page, 'table-edit')
  await edit.getByRole('button', { name: 'Save as version 1' }).click()
  await page
    .getByRole('tab', { name: /^Versions/ })
    .last()
    .click()
  await expect(page.getByRole('grid', { name: 'Versions' })).toContainText('id: bigint → int, name: comment')
  await expect(page.getByRole('region', { name: 'Version 1 against version 0' })).toContainText('+   id int')
  await look(page, 'table-versions')
})

test('databases, functions, connections, classifiers and indexes are made and changed', async ({ page, millrace }) => {
  const clients = await millrace.clients()
  await clients.catalog.createDatabase({ database: 'shop' })
  const sales = { database: 'shop', name: 'sales', location: 's3://raw/orders/', format: 'csv' as const }
  const column = (name: string) => ({ name, type: 'string' })
  await clients.catalog.createTable({ ...sales, columns: [column('id')], partitionKeys: [column('year')] })
  const partitions = ['2023', '2024', '2025'].map((year) => ({ values: [year], location: `s3://raw/orders/${year}/` }))
  await clients.catalog.addPartitions({ database: 'shop', table: 'sales', partitions })
  const shell = await Shell.open(page, millrace)
  // Whichever is shown first.
  await shell.activity('Home')
  await shell.activity('Catalog')
  const dialog = page.getByRole('dialog')
  const save = (verb = 'Create') => dialog.getByRole('button', { name: verb, exact: true }).click()

  await shell.explorer.getByRole('treeitem', { name: /^shop/ }).click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Edit…' }).click()
  await dialog.getByLabel('Description').fill('what was ordered')
  await save('Save')
  await expect(dialog).toBeHidden()
  await shell.explorer.getByRole('treeitem', { name: /^shop/ }).click({ button: 'right' })
  await page.getByRole('menuitem', { name: 'Create function…' }).click()
  await dialog.getByLabel('Name', { exact: true }).fill('Upper')
  await dialog.getByLabel('Class').fill('org.example.Upper')
  await dialog.getByLabel('Resources').fill('s3://raw/functions.jar')
  await look(page, 'function-create')
  await save()
  await expect(shell.explorer.getByRole('treeitem', { name: /^upper function/ })).toBeVisible()

  await page.getByRole('button', { name: 'Create connection' }).click()
  await dialog.getByLabel('Name', { exact: true }).fill('shop-db')
  await dialog.getByLabel('Properties').fill('JDBC_CONNECTION_URL=jdbc:postgresql://localhost/shop')
  await save()
  await expect(dialog).toBeHidden()

  await page.getByRole('button', { name: 'Create classifier' }).click()
  await dialog.getByLabel('Name', { exact: true }).fill('app')
  await dialog.getByLabel('Classification').fill('app')
  await dialog.getByLabel('Pattern', { exact: true }).fill('%{NEVER:a}')
  await save()
  await expect(dialog.getByText(/NEVER is not known/)).toBeVisible()
  await dialog.getByLabel('Pattern', { exact: true }).fill('%{WORD:level} %{GREEDYDATA:text}')
  await look(page, 'classifier-create')
  await save()
  await expect(dialog).toBeHidden()
  await shell.command('Create crawler…')
  await dialog.getByText('app', { exact: true }).click()
  await look(page, 'crawler-classifiers')
  await dialog.getByRole('button', { name: 'Cancel' }).click()

  await shell.explorer.getByRole('treeitem', { name: /^sales csv/ }).dblclick()
  await page
    .getByRole('tab', { name: /^Partitions/ })
    .last()
    .click()
  await page.getByRole('searchbox', { name: 'Expression' }).fill("year >= '2024'")
  const grid = page.getByRole('grid', { name: 'Partitions of sales' })
  await expect(grid).not.toContainText('2023')
  await expect(grid).toContainText('s3://raw/orders/2025/')
  await page.getByRole('button', { name: 'Indexes (0)…' }).click()
  await dialog.getByLabel('Name', { exact: true }).fill('by_year')
  await dialog.getByText('year', { exact: true }).click()
  await save('Create index')
  await expect(dialog.getByText('by_year (year)')).toBeVisible()
  await look(page, 'partition-indexes')

  const kept = async (kind: 'function' | 'connection' | 'classifier', scope = '') =>
    JSON.parse((await clients.catalog.listKept({ kind, scope }))[0].document)
  const resources = [{ ResourceType: 'JAR', Uri: 's3://raw/functions.jar' }]
  expect(await kept('function', 'shop')).toMatchObject({ FunctionName: 'upper', ResourceUris: resources })
  const ConnectionProperties = { JDBC_CONNECTION_URL: 'jdbc:postgresql://localhost/shop' }
  expect(await kept('connection')).toMatchObject({ Name: 'shop-db', ConnectionType: 'JDBC', ConnectionProperties })
  expect(await kept('classifier')).toMatchObject({ GrokClassifier: { Name: 'app', Classification: 'app' } })
})

test('a schema gets versions, refuses one that breaks it, and shows their difference', async ({ page, millrace }) => {
  const clients = await millrace.clients()
  const avro = (...fields: object[]) => JSON.stringify({ type: 'record', name: 'Order', fields })
  const id = { name: 'id', type: 'int' }
  const place = { registry: 'shop', schema: 'order' }
  await clients.catalog.createRegistry({ registry: 'shop' })
  await clients.catalog.createSchema({
    ...place,
    format: 'AVRO',
    compatibility: 'BACKWARD',
    definition: avro(id),
  })
  const note = { name: 'note', type: ['null', 'string'], default: null }
  await clients.catalog.registerSchemaVersion({ ...place, definition: avro(id, note) })
  const shell = await Shell.open(page, millrace)
  await shell.command('shop/order')
  await page.getByRole('button', { name: 'Register a version…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Register a version of order' })
  await dialog.getByLabel('Definition').fill(avro(id, { name: 'must', type: 'string' }))
  await dialog.getByRole('button', { name: 'Register', exact: true }).click()
  await expect(dialog.getByText(/must: has no default and is not in the other version/)).toBeVisible()
  await look(page, 'schema-refused')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  const versions = page.getByRole('grid', { name: 'Versions of order' })
  await expect(versions).toContainText('not compatible')
  await versions.getByText('available').first().click()
  await page.getByRole('tab', { name: 'Difference' }).click()
  await expect(page.getByRole('region', { name: 'Version 2 against version 1' })).toContainText(
    '+       "name": "note"',
  )
  await look(page, 'schema-diff')
})
