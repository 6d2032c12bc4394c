import { engine } from '../../../src/engines/dynamodb/engine.ts'
import { ManualClock } from '../../../src/engines/kit/pure/clock.ts'
import { startEngines } from '../../support/engines.ts'

/**
 * A process to be killed: moves units between accounts in transactions, several at once, each with an entry of its own in a journal, and
 * prints a transfer's number once it is acknowledged. Arguments: workspace, first number.
 */
const [directory, first] = process.argv.slice(2)
const clock = new ManualClock()
const { clients } = await startEngines([engine], { directory, clock })
const { dynamodb } = clients
const ACCOUNTS = 8

if ((await dynamodb.listTables({})).length === 0) {
  const keys = { hash: { name: 'id', kind: 'S' } } as const
  const byAccount = { hash: { name: 'account', kind: 'S' }, range: { name: 'number', kind: 'N' } } as const
  const indexes = [{ name: 'by-account', keys: byAccount, projection: { type: 'KEYS_ONLY' } }] as const
  await dynamodb.createTable({ table: 'bank', keys, billing: 'PAY_PER_REQUEST', indexes: [...indexes] })
}
await clock.advance(1000)

let next = Number(first)

const change = (account: string, by: number) => ({
  kind: 'update' as const,
  table: 'bank',
  key: { id: { S: account } },
  actions: [{ kind: 'add' as const, path: ['units'], value: { N: String(by) } }],
})

async function transfer(): Promise<void> {
  for (;;) {
    const number = next++
    const from = `account ${number % ACCOUNTS}`
    const to = `account ${(number + 1 + (number % 3)) % ACCOUNTS}`
    const item = { id: { S: `transfer ${number}` }, account: { S: from }, number: { N: String(number) } }
    const writes = [change(from, -number), change(to, number), { kind: 'put' as const, table: 'bank', item }]
    const outcomes = await dynamodb.write({ writes, atomic: true })
    if (outcomes.every(({ failure }) => !failure)) process.stdout.write(`${number}\n`)
  }
}

await Promise.all(Array.from({ length: 4 }, transfer))
