import type { Random } from '../../../kit/pure/random.ts'
import { iso, type MakeRecord, padded, pick, Remembered } from './draw.ts'

const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE']
const ROUTES = ['/orders', '/orders/{id}', '/customers/{id}', '/login', '/invoices', '/health']

/** What goes wrong, and where: the frames of a stack trace from the innermost out. */
const FAILURES: readonly { readonly error: string; readonly frames: readonly string[] }[] = [
  {
    error: 'TimeoutException: no connection from the pool within 3000 ms',
    frames: [
      'db.Pool.take(Pool.java:118)',
      'db.Session.open(Session.java:41)',
      'api.OrderStore.find(OrderStore.java:77)',
    ],
  },
  {
    error: 'NullPointerException: Cannot read field "total" because "invoice" is null',
    frames: ['billing.Invoice.sum(Invoice.java:52)', 'api.InvoiceView.render(InvoiceView.java:23)'],
  },
  {
    error: 'ConnectException: Connection refused: payments/10.0.4.17:8443',
    frames: ['http.Client.send(Client.java:204)', 'billing.Payments.charge(Payments.java:66)'],
  },
  {
    error: 'IllegalStateException: Order is closed',
    frames: ['domain.Order.add(Order.java:131)', 'api.OrderView.post(OrderView.java:58)'],
  },
]
const OUTER_FRAMES = ['web.Router.dispatch(Router.java:88)', 'web.Worker.run(Worker.java:31)']

/** Of the requests of a service in trouble, and of one that is well, how many fail. */
const FAILING_IN_TROUBLE = 0.35
const FAILING = 0.012
const TROUBLE_SHARE = 0.0008
const TROUBLE_MS_MIN = 5_000
const TROUBLE_MS_MORE = 55_000

/** Requests of services: mostly fast and fine, with a long tail; a service gets into trouble for a while, and its errors carry stack traces. */
export function applog(random: Random, key: () => number): MakeRecord {
  const troubles = new Remembered<number>()
  return (timeMs, index) => {
    const service = key()
    const troubledUntilMs = troubles.get(service) ?? 0
    if (random.next() < TROUBLE_SHARE && timeMs >= troubledUntilMs)
      troubles.set(service, timeMs + TROUBLE_MS_MIN + random.next() * TROUBLE_MS_MORE)
    const fails = random.next() < (timeMs < troubledUntilMs ? FAILING_IN_TROUBLE : FAILING)
    const status = fails ? (random.next() < 0.7 ? 500 : 503) : random.next() < 0.04 ? 404 : 200
    const method = pick(random, METHODS)
    const route = pick(random, ROUTES)
    const latencyMs = 3 + random.next() ** 4 * (fails ? 8000 : 900)
    const failure = fails ? pick(random, FAILURES) : undefined
    const level = fails ? 'ERROR' : status === 404 || latencyMs > 700 ? 'WARN' : route === '/health' ? 'DEBUG' : 'INFO'
    const text = JSON.stringify({
      event_time: iso(timeMs),
      level,
      service: `svc-${padded(service, 4)}`,
      host: `ip-10-0-${service % 16}-${random.int(250)}`,
      request_id: `r${padded(index, 10)}`,
      method,
      route,
      status,
      latency_ms: Number(latencyMs.toFixed(1)),
      bytes: 200 + random.int(20_000),
      message: failure?.error ?? `${method} ${route} ${status}`,
      ...(failure && { stack: stackOf(failure) }),
    })
    return { key: `svc-${padded(service, 4)}`, text }
  }
}

function stackOf({ error, frames }: (typeof FAILURES)[number]): string {
  return [error, ...[...frames, ...OUTER_FRAMES].map((frame) => `\tat com.shop.${frame}`)].join('\n')
}
