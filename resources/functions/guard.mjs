// Keeps a process to this machine's loopback addresses and from signalling others, before any code of a user's is loaded.
import dgram from 'node:dgram'
import net from 'node:net'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/

function refused(what) {
  return Object.assign(new Error(`${what} is refused: a function reaches this machine's loopback addresses only.`), {
    code: 'ERR_ACCESS_DENIED',
  })
}

/** Node's permission model knows files, processes, threads and add-ons; the network is kept to this machine here. */
export function guard() {
  const { connect } = net.Socket.prototype
  net.Socket.prototype.connect = function (...given) {
    const [first, second] = Array.isArray(given[0]) ? given[0] : given
    const options = typeof first === 'object' ? first : { port: first, host: typeof second === 'string' ? second : undefined }
    const isPath = options.path !== undefined && options.port === undefined || (typeof first === 'string' && !/^\d+$/.test(first))
    if (isPath) throw refused(`The socket ${options.path ?? first}`)
    const host = options.host ?? 'localhost'
    if (!LOOPBACK.test(host) || (options.lookup && !net.isIP(host) && host !== 'localhost')) throw refused(`A connection to ${host}`)
    return connect.apply(this, given)
  }
  for (const way of ['bind', 'connect', 'send'])
    dgram.Socket.prototype[way] = () => {
      throw refused('UDP')
    }
  // A signal would reach any process of the same user.
  process.kill = () => {
    throw refused('Signalling a process')
  }
  delete process._kill
  delete process._debugProcess
}
