#!/usr/bin/env node
// The command line from a clone or an installation: sees to packages and build, then hands over.
import { bin, build, install, run } from './toolchain.mjs'

install()
await build()
process.exitCode = await run(bin.cli, process.argv.slice(2), { cwd: process.cwd() })
