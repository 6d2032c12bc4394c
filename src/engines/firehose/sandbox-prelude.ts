/**
 * What Lambda's Node runtime has and QuickJS lacks, as far as record transforms use it: Buffer.from(x, encoding).toString(encoding) for
 * utf8 and base64, atob and btoa (of UTF-8 text), console, and exports. Host functions: __decode and __encode (base64 and UTF-8),
 * __remaining (milliseconds, as text), __log.
 */
export const SANDBOX_PRELUDE = `
{
  const decode = globalThis.__decode, encode = globalThis.__encode, log = globalThis.__log, remaining = globalThis.__remaining;
  class SmallBuffer {
    constructor(base64) { this.base64 = base64; }
    toString(encoding = 'utf8') {
      const name = String(encoding).toLowerCase();
      if (name === 'base64') return this.base64;
      if (name === 'utf8' || name === 'utf-8' || name === 'ascii') return decode(this.base64);
      throw new TypeError('Buffer knows utf8 and base64 here, not ' + encoding);
    }
    get length() { return Math.floor(this.base64.replace(/=+$/, '').length * 3 / 4); }
    toJSON() { return { type: 'Buffer', base64: this.base64 }; }
  }
  globalThis.Buffer = {
    from(value, encoding = 'utf8') {
      const name = String(encoding).toLowerCase();
      if (value instanceof SmallBuffer) return value;
      if (typeof value !== 'string') throw new TypeError('Buffer.from takes text here');
      if (name === 'base64') return new SmallBuffer(value);
      if (name === 'utf8' || name === 'utf-8' || name === 'ascii') return new SmallBuffer(encode(value));
      throw new TypeError('Buffer knows utf8 and base64 here, not ' + encoding);
    },
    isBuffer: (value) => value instanceof SmallBuffer,
    byteLength: (text) => new SmallBuffer(encode(String(text))).length,
  };
  globalThis.atob = (text) => decode(String(text));
  globalThis.btoa = (text) => encode(String(text));
  const say = (...parts) => { log(parts.map((part) => typeof part === 'string' ? part : JSON.stringify(part)).join(' ')); };
  globalThis.console = { log: say, info: say, warn: say, error: say, debug: say };
  globalThis.exports = {};
  globalThis.module = { exports: globalThis.exports };
  let state = { kind: 'none', value: undefined };
  const find = () => {
    const named = globalThis.module.exports.handler ?? globalThis.exports.handler;
    if (typeof named === 'function') return named;
    try { return (0, eval)('typeof handler === "function" ? handler : undefined'); } catch { return undefined; }
  };
  globalThis.__findHandler = () => typeof find();
  globalThis.__invoke = (text) => {
    state = { kind: 'pending', value: undefined };
    const settle = (kind) => (value) => { state = { kind, value }; };
    const context = { functionName: 'transform', awsRequestId: 'local', getRemainingTimeInMillis: () => Number(remaining()) };
    Promise.resolve(find()(JSON.parse(text), context)).then(settle('done'), settle('failed'));
  };
  globalThis.__answer = () => {
    if (state.kind === 'failed') throw state.value;
    if (state.kind === 'pending') throw new Error('The handler waits for something that never comes: nothing outside can be awaited here.');
    return JSON.stringify(state.value ?? null);
  };
}
`
