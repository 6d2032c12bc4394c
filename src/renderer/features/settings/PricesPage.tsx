import type { PriceTable } from '../../../engines/kit/pure/prices.ts'
import { formatNumber, notifyError, useAction, useCall } from '../../lib/index.ts'
import { Button, ErrorView, Loading } from '../../ui/index.ts'
import { DraftNumber, DraftText } from './Drafts.tsx'
import { ReservedInstances } from './ReservedInstances.tsx'
import styles from './Settings.module.css'

/** The table that every cost is simulated from, and its prices changed one by one. */
export function PricesPage() {
  const prices = useCall((clients, signal) => clients.workspace.readPrices({}, { signal }), [])
  const save = useAction(
    (clients, signal, table: PriceTable | null) => clients.workspace.writePrices({ prices: table }, { signal }),
    { onDone: prices.reload, onError: (error) => notifyError('The prices were not changed', error) },
  )
  if (prices.error) return <ErrorView error={prices.error} title="The prices cannot be read" />
  if (!prices.data) return <Loading />
  const { own, ...table } = prices.data
  return (
    <div className={styles.stack}>
      <h2>Prices</h2>
      <p>
        Nothing here costs money. What a run or a query would cost on AWS is simulated from these list prices; put in
        those of your region or contract. They are kept as <code>prices.json</code> in the workspace.
      </p>
      <div className={styles.columns}>
        <DraftText label="Region" value={table.region} onChange={(region) => void save.run({ ...table, region })} />
        <DraftText label="As of" value={table.asOf} onChange={(asOf) => void save.run({ ...table, asOf })} />
      </div>
      <table className={styles.prices}>
        <thead>
          <tr>
            <th>What</th>
            <th>US dollars</th>
            <th>For</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(table.items).map(([item, price]) => (
            <tr key={item}>
              <td title={price.page}>{price.what}</td>
              <td>
                <DraftNumber
                  label={`US dollars: ${price.what}`}
                  value={price.usd}
                  onChange={(usd) => void save.run({ ...table, items: { ...table.items, [item]: { ...price, usd } } })}
                />
              </td>
              <td className={styles.quiet}>{unitOf(item, price.per)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <ReservedInstances table={table} onChange={(reserved) => void save.run({ ...table, reserved })} />
      <div>
        <Button disabled={!own} pending={save.pending} onClick={() => void save.run(null)}>
          Back to the prices shipped
        </Button>
      </div>
    </div>
  )
}

const BYTES: Readonly<Record<number, string>> = { [2 ** 40]: 'TiB', [2 ** 30]: 'GiB', 1e9: 'GB' }

function unitOf(item: string, per: number): string {
  const bytes = /byte/i.test(item) && BYTES[per]
  const month = /month/i.test(item) ? ' a month' : ''
  if (bytes) return `a ${bytes}${month}`
  return /hour/i.test(item) && per === 1 ? 'an hour' : `${formatNumber(per)}${month}`
}
