import type { RedshiftDestinationConfiguration } from '@aws-sdk/client-firehose'
import { z } from 'zod'
import type { Clients } from '../../contract.ts'
import { EngineError } from '../../kit/pure/errors.ts'
import { withoutKeys } from '../../kit/pure/sql-keys.ts'
import type { Intent } from '../ledger.ts'
import { defineDestination, type EndpointFailure, type Loader } from './define.ts'

const Config = z.strictObject({
  jdbcUrl: z
    .string()
    .regex(
      /^jdbc:(redshift|postgresql):\/\/[A-Za-z0-9.-]+:\d{1,5}\/dev$/,
      'it must be jdbc:redshift://host:port/dev: the warehouse has the one database dev',
    ),
  table: z.string().min(1).max(512),
  columns: z.string().max(204_800).default(''),
  options: z.string().max(204_800).default(''),
  username: z.string().optional(),
  retrySeconds: z.number().int().min(0).max(7200).default(3600),
})
type Config = z.infer<typeof Config>

/** A warehouse keeps so many statements in its history. */
const HISTORY = 1000

/** Redshift: objects in the lake that the workspace's warehouse copies into a table. The host in the JDBC URL is not contacted. */
export const redshift = defineDestination<Config>({
  kind: 'redshift',
  config: Config as z.ZodType<Config>,
  fields: {
    jdbcUrl: 'ClusterJDBCURL',
    table: 'CopyCommand.DataTableName',
    columns: 'CopyCommand.DataTableColumns',
    options: 'CopyCommand.CopyOptions',
    username: 'Username',
    retrySeconds: 'RetryOptions.DurationInSeconds',
  },
  awsMembers: ['RedshiftDestination'],
  awsMember: () => 'RedshiftDestination',
  errorType: 'redshift-failed',
  hints: { sizeInMBs: { min: 1, max: 128, usual: 5 }, intervalInSeconds: { min: 0, max: 900, usual: 300 } },
  backupModes: { all: 'Enabled', failed: 'Disabled' },
  fromAws({ ClusterJDBCURL, CopyCommand: copy, Username, RetryOptions }: RedshiftDestinationConfiguration, before) {
    return {
      ...before,
      ...(ClusterJDBCURL !== undefined && { jdbcUrl: ClusterJDBCURL }),
      ...(copy && {
        table: copy.DataTableName,
        columns: copy.DataTableColumns,
        options: copy.CopyOptions && withoutKeys(copy.CopyOptions),
      }),
      ...(Username !== undefined && { username: Username }),
      ...(RetryOptions && { retrySeconds: RetryOptions.DurationInSeconds }),
    }
  },
  toAws: ({ jdbcUrl, table, columns, options, username, retrySeconds }) => ({
    ClusterJDBCURL: jdbcUrl,
    CopyCommand: {
      DataTableName: table,
      ...(columns && { DataTableColumns: columns }),
      ...(options && { CopyOptions: options }),
    },
    ...(username && { Username: username }),
    RetryOptions: { DurationInSeconds: retrySeconds },
  }),
  pushes: false,
  open: (config, { clients }) => new CopyLoader(config, clients.warehouse),
  async check(config, { clients }) {
    const { error } = await clients.warehouse.check({ sql: copySql(config, 's3://bucket/key') })
    if (error)
      throw new EngineError('InvalidArgumentException', `CopyCommand: ${error.message}`, {
        at: { field: 'CopyCommand' },
      })
  },
})

function copySql({ table, columns, options }: Config, uri: string): string {
  const list = columns ? ` (${columns})` : ''
  const role = /\b(IAM_ROLE|CREDENTIALS)\b/i.test(options) ? '' : ' IAM_ROLE default'
  return withoutKeys(`COPY ${table}${list} FROM '${uri.replaceAll("'", "''")}'${role} ${options}`.trim())
}

/** A copy is whole or nothing. Whether one was made is asked of the warehouse's history, in which its text names the object. */
class CopyLoader implements Loader {
  private readonly config: Config
  private readonly warehouse: Clients['warehouse']

  constructor(config: Config, warehouse: Clients['warehouse']) {
    this.config = config
    this.warehouse = warehouse
  }

  async load(object: Intent, signal: AbortSignal): Promise<EndpointFailure | undefined> {
    try {
      // An answer that was lost is not a copy that was not made.
      if (await this.isLoaded(object, signal)) return undefined
      let execution = await this.warehouse.startStatement({ sql: this.sql(object) })
      for await (const now of this.warehouse.watchStatement({ statementId: execution.statementId }, { signal }))
        execution = now
      if (execution.state === 'FINISHED') return undefined
      const { code = 'Redshift.CopyFailed', message = `The COPY is ${execution.state}.` } = execution.error ?? {}
      return { code, message }
    } catch (thrown) {
      if (signal.aborted) throw signal.reason
      const { code, message } = EngineError.from(thrown)
      return { code, message }
    }
  }

  async isLoaded(object: Intent, signal: AbortSignal): Promise<boolean> {
    const sql = this.sql(object)
    const known = await this.warehouse.listStatements({ limit: HISTORY })
    for (const statement of known.filter((each) => each.sql === sql)) {
      let { state } = statement
      if (state === 'SUBMITTED' || state === 'STARTED')
        for await (const now of this.warehouse.watchStatement({ statementId: statement.statementId }, { signal }))
          state = now.state
      if (state === 'FINISHED') return true
    }
    return false
  }

  private sql({ bucket, key }: Intent): string {
    return copySql(this.config, `s3://${bucket}/${key}`)
  }
}
