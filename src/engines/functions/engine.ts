import { defineEngine } from '../define.ts'
import { Trust } from '../kit/node/code-trust.ts'
import { Broadcast } from '../kit/pure/broadcast.ts'
import { codeFiles, filePath, readText, sha256, writeText } from './code.ts'
import type { Alias } from './contract.ts'
import { Events } from './events.ts'
import { Invocations } from './invocations.ts'
import { Library } from './library.ts'
import { Logs } from './logs.ts'
import { Mappings } from './mapping/mappings.ts'
import { FunctionStore } from './store.ts'
import { unzip, type ZippedFile } from './zip.ts'

export const engine = defineEngine({
  name: 'functions',
  needs: ['stream', 'lake', 'workspace'],
  async start(context) {
    const store = new FunctionStore(context.directory)
    const logs = new Logs(context.directory)
    const trust = new Trust({ clients: context.clients, withheld: 'functions do not run' })
    const library = new Library(context, store)
    const changes = new Broadcast<{ kind: 'function' | 'mapping'; id: string }>(({ kind, id }) => `${kind} ${id}`)
    const changed = (name: string) => changes.announce({ kind: 'function', id: name })
    const invocations = new Invocations({ context, library, logs, trust, onInvoked: changed })
    const events = new Events(context, store, invocations, logs)
    const mappings = new Mappings({
      context,
      store,
      library,
      invocations,
      trust,
      onChange: (id) => changes.announce({ kind: 'mapping', id }),
    })
    const announced = <T extends { readonly name: string }>(info: T): T => {
      changed(info.name)
      return info
    }

    const aliasOf = (name: string, change: () => Alias): Alias => {
      library.describe(name)
      const alias = change()
      changed(name)
      return alias
    }

    return {
      handlers: {
        createFunction: async ({ name, code, ...settings }) => {
          await trust.require()
          await invocations.programs.require(settings.runtime)
          return announced(library.create(name, settings, codeOf(code)))
        },
        updateCode: async ({ name, zip, revisionId }) => {
          await trust.require()
          return announced(library.updateCode(name, codeOf({ zip }), revisionId))
        },
        updateSettings: async ({ name, settings, revisionId }) => {
          await trust.require()
          if (settings.runtime) await invocations.programs.require(settings.runtime)
          return announced(library.updateSettings(name, settings, revisionId))
        },
        deleteFunction: async ({ name }) => {
          library.delete(name)
          await invocations.forget(name)
          logs.delete(name)
          changed(name)
          return {}
        },
        publishVersion: ({ name, ...options }) => announced(library.publish(name, options)),
        listVersions: ({ name }) => library.listVersions(name),
        deleteVersion: async ({ name, version }) => {
          library.deleteVersion(name, version)
          await invocations.forget(name, version)
          changed(name)
          return {}
        },
        createAlias: ({ name, alias }) => aliasOf(name, () => library.versions.createAlias(name, alias)),
        updateAlias: ({ name, alias, settings, revisionId }) =>
          aliasOf(name, () => library.versions.updateAlias(name, alias, settings, revisionId)),
        deleteAlias: ({ name, alias }) => {
          library.describe(name)
          library.versions.deleteAlias(name, alias)
          changed(name)
          return {}
        },
        describeAlias: ({ name, alias }) => library.versions.alias(library.describe(name).name, alias),
        listAliases: ({ name }) => library.versions.aliases(library.describe(name).name),
        publishLayer: async ({ name, zip, ...settings }) => {
          await trust.require()
          return library.layers.publish(name, settings, unzip(zip), sha256(zip), context.clock.now())
        },
        listLayers: () => library.layers.list(),
        deleteLayer: ({ name, version }) => {
          library.deleteLayer(name, version)
          return {}
        },
        describeFunction: ({ name }) => library.describe(name),
        listFunctions: () => library.list(),
        listFiles: ({ name }) => {
          const { directory } = library.describe(name)
          return codeFiles(directory).map(({ path, bytes }) => ({ path, bytes }))
        },
        readFile: ({ name, path }) => readText(library.describe(name).directory, path),
        writeFile: ({ name, path, text, revision }) => {
          const written = writeText(library.describe(name).directory, path, text, revision)
          changed(name)
          return written
        },
        invoke: ({ name, payload }) => invocations.invoke(name, payload),
        invokeAsync: async ({ name, payload }) => {
          library.describe(name)
          await trust.require()
          return { requestId: events.add(name, payload) }
        },
        readLog: ({ name, lines }) => logs.tail(library.describe(name).name, lines),
        createMapping: (input) => mappings.create(input),
        updateMapping: ({ uuid, settings }) => mappings.update(uuid, settings),
        deleteMapping: ({ uuid }) => mappings.delete(uuid),
        describeMapping: ({ uuid }) => mappings.describe(uuid),
        listMappings: () => mappings.list(),
        watch: (_input, { signal }) => changes.watch(signal),
      },
      /** Functions end first: what waits for their answers then stops too. */
      async stop() {
        await invocations.stop()
        await Promise.all([mappings.stop(), events.stop()])
        store.close()
      },
    }
  },
})

/** Files of a function, and the hash of the zip that they came in. */
function codeOf(code: { readonly zip: Uint8Array } | { readonly files: Readonly<Record<string, string>> }): {
  files: ZippedFile[]
  sha256?: string
} {
  if ('zip' in code) return { files: unzip(code.zip), sha256: sha256(code.zip) }
  return {
    files: Object.entries(code.files).map(([path, text]) => ({ path: filePath(path), data: Buffer.from(text) })),
  }
}
