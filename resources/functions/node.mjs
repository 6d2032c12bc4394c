// Lambda's Node runtime as Millrace runs it: one function in a process of its own, under Node's permission model. Requests come as lines
// of JSON on standard input; answers and log lines go out as lines of JSON on descriptor 3, written at once, so that none is lost when the
// process ends. Arguments: the function's folder, its handler, and the folder that stands for /opt, where it has layers.
import { existsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'
import { guard } from './guard.mjs'
import { mountLayers } from './layers.mjs'

const [directory, handlerName, layers] = process.argv.slice(2)

function send(message) {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`)
  for (let at = 0; at < bytes.length; ) at += writeSync(3, bytes, at)
}

function describe(thrown) {
  if (!(thrown instanceof Error)) return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] }
  return {
    errorType: thrown.name || 'Error',
    errorMessage: String(thrown.message),
    // Without the lines of this file: they say nothing of the function.
    trace: String(thrown.stack ?? '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => !line.includes(import.meta.url)),
  }
}

/** What a function prints, in order with its answers. */
function captureOutput() {
  for (const stream of [process.stdout, process.stderr]) {
    stream.write = (chunk, encoding, callback) => {
      send({ type: 'log', text: typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8') })
      const done = typeof encoding === 'function' ? encoding : callback
      if (done) process.nextTick(done)
      return true
    }
  }
}

class RuntimeError extends Error {
  constructor(name, message) {
    super(message)
    this.name = name
  }
}

/** `lib/index.handler` is the export `handler` of lib/index.mjs, .js or .cjs; it may be nested (`index.api.handler`). */
async function load() {
  const slash = handlerName.lastIndexOf('/') + 1
  const dot = handlerName.indexOf('.', slash)
  const [module, path] = dot < 0 ? [handlerName, ''] : [handlerName.slice(0, dot), handlerName.slice(dot + 1)]
  const file = ['.mjs', '.js', '.cjs'].map((extension) => join(directory, module + extension)).find((each) => existsSync(each))
  if (!file) throw new RuntimeError('Runtime.ImportModuleError', `Error: Cannot find module '${module}'`)
  let loaded
  try {
    loaded = await import(pathToFileURL(file).href)
  } catch (thrown) {
    if (thrown instanceof SyntaxError) throw Object.assign(thrown, { name: 'Runtime.UserCodeSyntaxError' })
    if (thrown?.code === 'MODULE_NOT_FOUND' || thrown?.code === 'ERR_MODULE_NOT_FOUND')
      throw new RuntimeError('Runtime.ImportModuleError', `Error: ${thrown.message}`)
    throw thrown
  }
  const find = (from) => path.split('.').reduce((value, key) => value?.[key], from)
  const handler = find(loaded) ?? find(loaded.default)
  if (typeof handler !== 'function')
    throw new RuntimeError('Runtime.HandlerNotFound', `${handlerName} is undefined or not exported`)
  return handler
}

function contextOf({ requestId, deadlineMs, functionArn, clientContext }) {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: functionArn,
    awsRequestId: requestId,
    ...(clientContext && { clientContext }),
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  }
}

/** Async handlers answer by their promise, older ones by a callback. */
function call(handler, event, context) {
  return new Promise((resolve, reject) => {
    const callback = (error, result) => (error === undefined || error === null ? resolve(result) : reject(error))
    const answer = handler(event, context, callback)
    if (answer && typeof answer.then === 'function') answer.then(resolve, reject)
    else if (handler.length < 3) resolve(answer)
  })
}

let requestId = '-'

/** As in Lambda: a line has the time, the request, the level and the text. */
function captureConsole() {
  const levels = { debug: 'DEBUG', error: 'ERROR', info: 'INFO', log: 'INFO', trace: 'TRACE', warn: 'WARN' }
  for (const [name, level] of Object.entries(levels))
    console[name] = (...parts) =>
      send({ type: 'log', text: `${new Date().toISOString()}\t${requestId}\t${level}\t${format(...parts)}\n` })
}

captureOutput()
captureConsole()
guard()
if (layers) mountLayers(layers)
// The rest of a failing process is worth nothing: it ends, and the next request gets a new one.
for (const kind of ['uncaughtException', 'unhandledRejection'])
  process.on(kind, (thrown) => {
    const error = describe(thrown)
    if (kind === 'unhandledRejection') error.errorType = 'Runtime.UnhandledPromiseRejection'
    send({ type: 'fatal', error })
    process.exit(128)
  })

let handler
try {
  handler = await load()
} catch (thrown) {
  send({ type: 'fatal', error: describe(thrown) })
  process.exit(1)
}
send({ type: 'ready', version: process.version })

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line)
  requestId = request.requestId
  const rss = () => process.memoryUsage.rss()
  try {
    const result = await call(handler, JSON.parse(request.event), contextOf(request))
    send({ type: 'done', requestId, result: JSON.stringify(result) ?? 'null', rss: rss() })
  } catch (thrown) {
    send({ type: 'failed', requestId, error: describe(thrown), rss: rss() })
  }
}
process.exit(0)
