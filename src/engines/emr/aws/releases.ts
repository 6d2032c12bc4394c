import { invalid } from '../errors.ts'

/** Labels that are taken, newest first. What runs is Millrace's own, whichever it is. */
export const RELEASES: readonly string[] = [
  'emr-7.10.0',
  'emr-7.9.0',
  'emr-7.8.0',
  'emr-7.7.0',
  'emr-7.6.0',
  'emr-7.5.0',
  'emr-7.4.0',
  'emr-7.3.0',
  'emr-7.2.0',
  'emr-7.1.0',
  'emr-7.0.0',
  'emr-6.15.0',
  'emr-6.14.0',
  'emr-6.13.0',
  'emr-6.12.0',
  'emr-6.11.0',
  'emr-6.10.0',
  'emr-6.9.0',
]

/** What a step may use: by an engine of Millrace, or where a runtime is configured. */
export const APPLICATIONS: readonly string[] = ['Flink', 'Hadoop', 'Hive', 'Spark', 'Trino']

export function releaseOf(label: string | undefined, applications: readonly string[]): string {
  if (label === undefined || !RELEASES.includes(label))
    throw invalid(
      `The supplied release label is invalid: ${label}. Millrace takes ${RELEASES.at(-1)} to ${RELEASES[0]}.`,
      'ReleaseLabel',
    )
  const strange = applications.find((name) => !APPLICATIONS.some((known) => known.toLowerCase() === name.toLowerCase()))
  if (strange !== undefined)
    throw invalid(
      `Specified application: ${strange} is not supported by Millrace: ${APPLICATIONS.join(', ')} are.`,
      'Applications',
    )
  return label
}
