import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cached, freePort, pipInstall, sitePackages, start, untilUp } from './runtime.mjs'

const VERSION = '2.1.0'
const WORKERS = 2
const homeIn = (folder) => join(sitePackages(folder), 'pyflink')

/** A session cluster of two task managers: apache-flink on PyPI has the scripts of Flink, and apache-flink-libraries its jars. */
export const flink = {
  name: `Flink ${VERSION}`,
  missing: 'pip could not get apache-flink for this Python',
  get() {
    const folder = cached(
      `flink-${VERSION}`,
      '300 MB',
      (at) => ['bin/flink', 'lib'].every((part) => existsSync(join(homeIn(at), part))),
      (at) =>
        pipInstall(
          at,
          '--no-deps',
          '--only-binary=apache-flink',
          `apache-flink==${VERSION}`,
          `apache-flink-libraries==${VERSION}`,
        ),
    )
    return folder && homeIn(folder)
  },
  async start(home, folder) {
    const [port, page] = [await freePort(), await freePort()]
    const settings = {
      'jobmanager.rpc.address': '127.0.0.1',
      'jobmanager.rpc.port': port,
      'rest.address': '127.0.0.1',
      'rest.port': page,
      'taskmanager.host': '127.0.0.1',
      'taskmanager.memory.process.size': '1g',
    }
    const given = Object.entries(settings).flatMap(([name, value]) => ['-D', `${name}=${value}`])
    const run = (script, logs) =>
      start(join(home, 'bin', script), ['start-foreground', ...given], {
        cwd: folder,
        env: { FLINK_LOG_DIR: join(folder, logs) },
      })
    run('jobmanager.sh', 'jobs')
    for (let i = 0; i < WORKERS; i++) run('taskmanager.sh', `tasks-${i}`)
    const isUp = await untilUp(`http://127.0.0.1:${page}/overview`, ({ taskmanagers }) => taskmanagers === WORKERS)
    return isUp && { MILLRACE_FLINK_HOME: home, MILLRACE_FLINK_JOB_MANAGER: `127.0.0.1:${page}` }
  },
}
