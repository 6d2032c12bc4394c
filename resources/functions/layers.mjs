// Layers are found under /opt, as in Lambda: this machine has no such folder of a function's own, so that paths are led to where they lie.
import fs from 'node:fs'
import * as modules from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const READERS = /^(access|createReadStream|exists|lstat|open|openAsBlob|opendir|readFile|readdir|readlink|realpath|stat|statfs)(Sync)?$/
const MOUNT = /^\/opt(?=\/|$)/

/** What is asked for under /opt comes from `directory`: by `fs`, by `import` and by `require`. */
export function mountLayers(directory) {
  const lead = (path) => {
    const text = path instanceof URL && path.protocol === 'file:' ? fileURLToPath(path) : path
    return typeof text === 'string' && MOUNT.test(text) ? join(directory, text.replace(MOUNT, '')) : path
  }
  for (const owner of [fs, fs.promises])
    for (const name of Object.keys(owner).filter((each) => READERS.test(each))) {
      const original = owner[name]
      owner[name] = Object.assign((path, ...rest) => original(lead(path), ...rest), original)
    }
  modules.syncBuiltinESMExports()
  modules.registerHooks({
    resolve(specifier, context, next) {
      const path = specifier.startsWith('file:') ? fileURLToPath(specifier) : specifier
      const led = lead(path)
      if (led === path) return next(specifier, context)
      return next(context.conditions?.includes('require') ? led : pathToFileURL(led).href, context)
    },
  })
}
