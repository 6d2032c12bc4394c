// Lambda's Runtime API for a program of any kind, as Millrace runs it: `bootstrap` in the function's folder asks here for events by HTTP, and
// answers them here. Requests come as lines of JSON on standard input; answers and log lines go out as lines of JSON on descriptor 3.
// Argument: the function's folder.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, writeSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setImmediate } from 'node:timers/promises'

const [directory] = process.argv.slice(2)
const ANSWER_BYTES_MAX = 6 * 1024 * 1024

function send(message) {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`)
  for (let at = 0; at < bytes.length; ) at += writeSync(3, bytes, at)
}

function end(errorType, errorMessage) {
  send({ type: 'fatal', error: { errorType, errorMessage } })
  process.exit(1)
}

/** What it printed before it answered is told before the answer: it is in the pipe already. */
async function settle(message) {
  for (let turn = 0; turn < 2; turn++) await setImmediate()
  send({ ...message, requestId: current.requestId })
  current = undefined
}

async function bodyOf(request) {
  const pieces = []
  let bytes = 0
  // More than Lambda takes is read to its end, so that the program hears an answer, but not kept.
  for await (const piece of request) if ((bytes += piece.length) <= ANSWER_BYTES_MAX + 1) pieces.push(piece)
  return { text: Buffer.concat(pieces).toString('utf8'), tooLarge: bytes > ANSWER_BYTES_MAX }
}

function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function errorOf(text, headers) {
  const { errorType = headers['lambda-runtime-function-error-type'] ?? 'Runtime.Unknown', errorMessage = text, stackTrace } = parsed(text) ?? {}
  return { errorType, errorMessage, ...(stackTrace && { stackTrace }) }
}

const requests = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
/** The request that the program has in hand. */
let current

const json = (response, status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

/** Lambda developer guide, "Using the Lambda runtime API for custom runtimes". */
const server = createServer({ requestTimeout: 0 }, async (request, response) => {
  const [, id, what] = /^\/2018-06-01\/runtime\/(?:invocation|init)(?:\/([^/]+))?\/(next|response|error)$/.exec(request.url) ?? []
  if (what === 'next' && request.method === 'GET') {
    send({ type: 'ready', version: 'bootstrap' })
    const { value, done } = await requests.next()
    if (done) process.exit(0)
    current = JSON.parse(value)
    response.writeHead(200, {
      'content-type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': current.requestId,
      'Lambda-Runtime-Deadline-Ms': String(current.deadlineMs),
      'Lambda-Runtime-Invoked-Function-Arn': current.functionArn,
    })
    return response.end(current.event)
  }
  if (what === undefined || request.method !== 'POST')
    return json(response, 404, { errorType: 'NotFound', errorMessage: `There is no ${request.method} ${request.url}` })
  const { text, tooLarge } = await bodyOf(request)
  if (id === undefined && what === 'error') {
    json(response, 202, { status: 'OK' })
    send({ type: 'fatal', error: errorOf(text, request.headers) })
    process.exit(1)
  }
  if (id !== current?.requestId) return json(response, 400, { errorType: 'InvalidRequestID', errorMessage: 'Invalid request ID' })
  if (tooLarge) {
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${ANSWER_BYTES_MAX} bytes).`
    await settle({ type: 'failed', error: { errorType: 'Function.ResponseSizeTooLarge', errorMessage } })
    return json(response, 413, { errorType: 'RequestEntityTooLarge', errorMessage })
  }
  if (what === 'error') await settle({ type: 'failed', error: errorOf(text, request.headers) })
  else if (parsed(text) !== undefined) await settle({ type: 'done', result: text })
  else await settle({ type: 'failed', error: { errorType: 'Runtime.MarshalError', errorMessage: 'The response is no JSON.' } })
  json(response, 202, { status: 'OK' })
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')

const bootstrap = join(directory, 'bootstrap')
if (!existsSync(bootstrap)) end('Runtime.InvalidEntrypoint', `Error: Couldn't find valid bootstrap(s): [${bootstrap}]`)
// Code is kept without the modes that its zip had.
chmodSync(bootstrap, 0o755)
const { AWS_EXECUTION_ENV, ...variables } = process.env
const child = spawn(bootstrap, [], {
  cwd: directory,
  env: { PATH: '/usr/local/bin:/usr/bin:/bin', ...variables, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${server.address().port}` },
  stdio: ['ignore', 'pipe', 'pipe'],
})
for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => send({ type: 'log', text }))
child.once('error', ({ message }) => end('Runtime.InvalidEntrypoint', `Error: ${message}`))
child.once('close', (code, signal) => {
  const how = signal ? `signal: ${signal}` : `exit status ${code}`
  end('Runtime.ExitError', code === 0 ? 'Error: Runtime exited without providing a reason' : `Error: Runtime exited with error: ${how}`)
})
if (child.pid !== undefined) send({ type: 'started', pid: child.pid })
