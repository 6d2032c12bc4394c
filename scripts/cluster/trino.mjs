import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cached, freePort, start, untilUp, works } from './runtime.mjs'

const VERSION = '476'
const JAVA = 24
const CLI = `trino-cli-${VERSION}-executable.jar`
const SERVER = `trino-server-${VERSION}.tar.gz`

/** The home of a Java that is new enough: Trino wants a newer one than most programs. */
function javaHome() {
  const system = '/usr/lib/jvm'
  const installed = existsSync(system) ? readdirSync(system).map((name) => join(system, name)) : []
  return [process.env.JAVA_HOME, ...installed].find((home) => {
    if (!home) return false
    const { stderr } = spawnSync(join(home, 'bin', 'java'), ['-version'], { encoding: 'utf8' })
    return Number(/version "(\d+)/.exec(stderr ?? '')?.[1]) >= JAVA
  })
}

function mavenCopy(folder, artifact) {
  spawnSync('mvn', ['-q', '-B', 'dependency:copy', `-Dartifact=io.trino:${artifact}`, `-DoutputDirectory=${folder}`], {
    cwd: folder,
    stdio: 'inherit',
  })
}

const FILES = (port, folder) => ({
  'node.properties': `node.environment=test\nnode.id=one\nnode.data-dir=${join(folder, 'data')}\n`,
  'jvm.config': '-server\n-Xmx1G\n',
  'config.properties': `coordinator=true\nnode-scheduler.include-coordinator=true\nhttp-server.http.port=${port}\ndiscovery.uri=http://127.0.0.1:${port}\n`,
  'catalog/hive.properties': `connector.name=hive\nhive.metastore=file\nhive.metastore.catalog.dir=file://${join(folder, 'metastore')}\nfs.hadoop.enabled=true\n`,
})

/** One node with the Hive connector, whose tables are files of this machine. */
export const trino = {
  name: `Trino ${VERSION}`,
  missing: `Java ${JAVA} or Maven is not on this machine, or Maven could not get trino-server`,
  get() {
    if (!javaHome() || !works('mvn', ['-version'])) return undefined
    return cached(
      `trino-${VERSION}`,
      '900 MB',
      (at) => ['bin/launcher', 'plugin/hive', CLI].every((part) => existsSync(join(at, part))),
      (at) => {
        mavenCopy(at, `trino-server:${VERSION}:tar.gz`)
        works('tar', ['xzf', join(at, SERVER), '-C', at, '--strip-components=1'])
        rmSync(join(at, SERVER), { force: true })
        mavenCopy(at, `trino-cli:${VERSION}:jar:executable`)
        if (existsSync(join(at, CLI))) chmodSync(join(at, CLI), 0o755)
      },
    )
  },
  async start(home, folder) {
    const port = await freePort()
    const etc = join(folder, 'etc')
    mkdirSync(join(etc, 'catalog'), { recursive: true })
    for (const [name, text] of Object.entries(FILES(port, folder))) writeFileSync(join(etc, name), text)
    const java = javaHome()
    start(join(home, 'bin', 'launcher'), ['run', '--etc-dir', etc], {
      cwd: folder,
      env: { JAVA_HOME: java, PATH: `${join(java, 'bin')}:${process.env.PATH}` },
    })
    const url = `http://127.0.0.1:${port}`
    const isUp = await untilUp(`${url}/v1/info`, ({ starting }) => starting === false)
    return isUp && { MILLRACE_TRINO_CLI: join(home, CLI), MILLRACE_TRINO_SERVER: url }
  },
}
