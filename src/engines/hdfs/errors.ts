import { EngineError } from '../kit/pure/errors.ts'

/** Exceptions of Hadoop by the class that WebHDFS clients are told, with the status of their answer (Hadoop's `ExceptionHandler`). */
const CLASSES = {
  FileNotFoundException: ['java.io', 404],
  IOException: ['java.io', 403],
  EOFException: ['java.io', 403],
  IllegalArgumentException: ['java.lang', 400],
  UnsupportedOperationException: ['java.lang', 400],
  AccessControlException: ['org.apache.hadoop.security', 403],
  FileAlreadyExistsException: ['org.apache.hadoop.fs', 403],
  ParentNotDirectoryException: ['org.apache.hadoop.fs', 403],
  PathIsNotEmptyDirectoryException: ['org.apache.hadoop.fs', 403],
  InvalidPathException: ['org.apache.hadoop.fs', 400],
  HadoopIllegalArgumentException: ['org.apache.hadoop', 400],
  BlockMissingException: ['org.apache.hadoop.hdfs', 403],
  AclException: ['org.apache.hadoop.hdfs.protocol', 403],
  AlreadyBeingCreatedException: ['org.apache.hadoop.hdfs.protocol', 403],
  RecoveryInProgressException: ['org.apache.hadoop.hdfs.protocol', 403],
  NSQuotaExceededException: ['org.apache.hadoop.hdfs.protocol', 403],
  DSQuotaExceededException: ['org.apache.hadoop.hdfs.protocol', 403],
  SnapshotException: ['org.apache.hadoop.hdfs.protocol', 403],
  SnapshotAccessControlException: ['org.apache.hadoop.hdfs.protocol', 403],
  LeaseExpiredException: ['org.apache.hadoop.hdfs.server.namenode', 403],
  SafeModeException: ['org.apache.hadoop.hdfs.server.namenode', 403],
} as const satisfies Record<string, readonly [string, number]>

export type HadoopException = keyof typeof CLASSES

/** An expected failure by the name that Hadoop has for it. */
export function hadoop(exception: HadoopException, message: string): EngineError {
  return new EngineError(exception, message, { retry: exception === 'SafeModeException' })
}

export const noSuchFile = (path: string): EngineError => hadoop('FileNotFoundException', `File does not exist: ${path}`)

export interface RemoteException {
  readonly status: number
  readonly exception: string
  readonly javaClassName: string
  readonly message: string
}

/** What a WebHDFS client is told. What Hadoop has no class for (a full disk, a fault on purpose) is an `IOException`, as there. */
export function remoteException(thrown: unknown): RemoteException {
  const { code, message, domain } = EngineError.from(thrown)
  if (code in CLASSES) {
    const [java, status] = CLASSES[code as HadoopException]
    return { status, exception: code, javaClassName: `${java}.${code}`, message }
  }
  if (domain === 'internal' && code === 'InternalFailure')
    return { status: 500, exception: 'RuntimeException', javaClassName: 'java.lang.RuntimeException', message }
  return { status: 403, exception: 'IOException', javaClassName: 'java.io.IOException', message: `${code}: ${message}` }
}
