import { truncate } from '../client/truncate.ts'
import { hadoop } from '../errors.ts'
import * as operations from '../namenode/operations.ts'
import * as snapshots from '../namenode/snapshots.ts'
import { append, create } from './data.ts'
import { decodedXattr } from './json.ts'
import { ok, type WebAnswer, type WebRequest, yes } from './request.ts'

type Operation = (request: WebRequest) => WebAnswer | Promise<WebAnswer>

const then = async (done: Promise<unknown>): Promise<WebAnswer> => {
  await done
  return ok()
}

export const PUT: Readonly<Record<string, Operation>> = {
  CREATE: create,
  MKDIRS: async ({ cluster, caller, path, parameters }) =>
    yes(
      await operations.mkdirs(cluster.namenode, caller, path, {
        permission: parameters.octal('unmaskedpermission') ?? parameters.octal('permission'),
      }),
    ),
  async RENAME({ cluster, caller, path, parameters }) {
    const to = parameters.required('destination')
    const options = parameters.text('renameoptions')
    if (options === undefined) return yes(await operations.rename(cluster.namenode, caller, path, to))
    if (!/^(OVERWRITE|NONE)$/i.test(options))
      throw hadoop('IllegalArgumentException', `Invalid value for webhdfs parameter "renameoptions": ${options}`)
    return then(operations.renameOver(cluster.namenode, caller, path, to, options.toUpperCase() === 'OVERWRITE'))
  },
  SETREPLICATION: async ({ cluster, caller, path, parameters }) =>
    yes(
      await operations.setReplication(
        cluster.namenode,
        caller,
        path,
        parameters.atLeast('replication', 1) ?? cluster.config.replication,
      ),
    ),
  SETOWNER({ cluster, caller, path, parameters }) {
    const [owner, group] = [parameters.text('owner'), parameters.text('group')]
    if (owner === undefined && group === undefined)
      throw hadoop('IllegalArgumentException', 'Both owner and group are empty.')
    return then(operations.setOwner(cluster.namenode, caller, path, owner, group))
  },
  SETPERMISSION: ({ cluster, caller, path, parameters }) =>
    then(operations.setPermission(cluster.namenode, caller, path, parameters.octal('permission') ?? 0o755)),
  SETTIMES: ({ cluster, caller, path, parameters }) =>
    then(
      operations.setTimes(
        cluster.namenode,
        caller,
        path,
        parameters.integer('modificationtime') ?? -1,
        parameters.integer('accesstime') ?? -1,
      ),
    ),
  SETXATTR({ cluster, caller, path, parameters }) {
    const flags = parameters.all('flag').flatMap((flag) => flag.toUpperCase().split(','))
    if (flags.length === 0 || flags.some((flag) => flag !== 'CREATE' && flag !== 'REPLACE'))
      throw hadoop('IllegalArgumentException', `Invalid value for webhdfs parameter "flag": ${flags.join(',')}`)
    const value = decodedXattr(parameters.text('xattr.value') ?? '')
    const name = parameters.required('xattr.name')
    return then(operations.setXattr(cluster.namenode, caller, path, name, value, flags as ('CREATE' | 'REPLACE')[]))
  },
  REMOVEXATTR: ({ cluster, caller, path, parameters }) =>
    then(operations.removeXattr(cluster.namenode, caller, path, parameters.required('xattr.name'))),
  SETQUOTA({ cluster, caller, path, parameters }) {
    const [names, space] = [parameters.integer('namespacequota'), parameters.integer('storagespacequota')]
    const limit = (quota: number) => (quota < 0 ? null : quota)
    return then(
      operations.setQuota(cluster.namenode, caller, path, {
        ...(names !== undefined && { nameQuota: limit(names) }),
        ...(space !== undefined && { spaceQuota: limit(space) }),
      }),
    )
  },
  ALLOWSNAPSHOT: ({ cluster, caller, path }) => then(snapshots.setSnapshottable(cluster.namenode, caller, path, true)),
  DISALLOWSNAPSHOT: ({ cluster, caller, path }) =>
    then(snapshots.setSnapshottable(cluster.namenode, caller, path, false)),
  CREATESNAPSHOT: async ({ cluster, caller, path, parameters }) =>
    ok({ Path: await snapshots.createSnapshot(cluster.namenode, caller, path, parameters.text('snapshotname')) }),
  RENAMESNAPSHOT: ({ cluster, caller, path, parameters }) =>
    then(
      snapshots.renameSnapshot(
        cluster.namenode,
        caller,
        path,
        parameters.required('oldsnapshotname'),
        parameters.required('snapshotname'),
      ),
    ),
}

export const POST: Readonly<Record<string, Operation>> = {
  APPEND: append,
  CONCAT: ({ cluster, caller, path, parameters }) =>
    then(operations.concat(cluster.namenode, caller, path, parameters.required('sources').split(','))),
  TRUNCATE: async ({ cluster, caller, path, parameters }) => {
    const length = parameters.atLeast('newlength', 0)
    if (length === undefined) throw hadoop('IllegalArgumentException', 'newLength parameter is Missing')
    return yes(await truncate(cluster, caller, path, length))
  },
}

export const DELETE: Readonly<Record<string, Operation>> = {
  DELETE: async ({ cluster, caller, path, parameters }) =>
    yes(await operations.remove(cluster.namenode, caller, path, parameters.flag('recursive'))),
  DELETESNAPSHOT: ({ cluster, caller, path, parameters }) =>
    then(snapshots.deleteSnapshot(cluster.namenode, caller, path, parameters.required('snapshotname'))),
}

const ACLS = ['MODIFYACLENTRIES', 'REMOVEACLENTRIES', 'REMOVEDEFAULTACL', 'REMOVEACL', 'SETACL', 'GETACLSTATUS']
/** What WebHDFS has and this cluster does not: known by name, so that a client is told so rather than that it was misspelt. */
const ABSENT = [
  'CREATESYMLINK',
  'GETLINKTARGET',
  'GETFILELINKSTATUS',
  'RENEWDELEGATIONTOKEN',
  'CANCELDELEGATIONTOKEN',
  'SETSTORAGEPOLICY',
  'UNSETSTORAGEPOLICY',
  'SATISFYSTORAGEPOLICY',
  'GETSTORAGEPOLICY',
  'GETALLSTORAGEPOLICY',
  'SETQUOTABYSTORAGETYPE',
  'ENABLEECPOLICY',
  'DISABLEECPOLICY',
  'SETECPOLICY',
  'UNSETECPOLICY',
  'GETECPOLICY',
  'GETECPOLICIES',
  'GETECCODECS',
  'GETSNAPSHOTDIFF',
  'GETSNAPSHOTDIFFLISTING',
  'GETTRASHROOTS',
]

export function refuse(method: string, op: string): never {
  if (ACLS.includes(op))
    throw hadoop(
      'AclException',
      'The ACL operation has been rejected.  Support for ACLs has been disabled by setting dfs.namenode.acls.enabled to false.',
    )
  if (op === 'CREATESYMLINK') throw hadoop('UnsupportedOperationException', 'Symlinks not supported')
  if (ABSENT.includes(op)) throw hadoop('UnsupportedOperationException', `${op} is not supported by this cluster.`)
  throw hadoop('IllegalArgumentException', `Invalid value for webhdfs parameter "op": ${op} is no ${method} operation.`)
}
