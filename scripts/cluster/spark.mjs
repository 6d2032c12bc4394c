import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cached, freePort, pipInstall, sitePackages, start, untilUp } from './runtime.mjs'

const VERSION = '4.0.1'
const WORKERS = 2
const homeIn = (folder) => join(sitePackages(folder), 'pyspark')

/** A standalone cluster of two workers: pyspark on PyPI carries Spark. */
export const spark = {
  name: `Spark ${VERSION}`,
  missing: 'pip could not get pyspark',
  get() {
    const folder = cached(
      `spark-${VERSION}`,
      '400 MB',
      (at) => existsSync(join(homeIn(at), 'bin', 'spark-class')),
      (at) => pipInstall(at, `pyspark==${VERSION}`),
    )
    return folder && homeIn(folder)
  },
  async start(home, folder) {
    const [port, page] = [await freePort(), await freePort()]
    const master = `spark://127.0.0.1:${port}`
    const run = (name, ...args) =>
      start(join(home, 'bin', 'spark-class'), [`org.apache.spark.deploy.${name}`, ...args], {
        cwd: folder,
        env: { SPARK_HOME: home, SPARK_LOCAL_IP: '127.0.0.1' },
      })
    run('master.Master', '--host', '127.0.0.1', '--port', `${port}`, '--webui-port', `${page}`)
    const worker = ['--host', '127.0.0.1', '--cores', '1', '--memory', '1g', '--webui-port', '0']
    for (let i = 0; i < WORKERS; i++) run('worker.Worker', ...worker, '--work-dir', join(folder, `${i}`), master)
    const isUp = await untilUp(`http://127.0.0.1:${page}/json/`, ({ aliveworkers }) => aliveworkers === WORKERS)
    return isUp && { MILLRACE_SPARK_HOME: home, MILLRACE_SPARK_MASTER: master }
  },
}
