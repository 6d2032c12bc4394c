import { clientError } from '../errors.ts'

/** `Ref::name` in a command is a parameter's value. One without a value stays as it is, as in the service. */
export function substitute(command: readonly string[], parameters: Readonly<Record<string, string>>): string[] {
  return command.map((word) =>
    word.replace(/Ref::([A-Za-z0-9_-]+)/g, (whole, name: string) =>
      Object.hasOwn(parameters, name) ? parameters[name] : whole,
    ),
  )
}

/** What a job is told of itself (Batch user guide, "AWS Batch job environment variables"). Such names are not a definition's to set. */
export function requireOwnNames(environment: Readonly<Record<string, string>>): void {
  const taken = Object.keys(environment).find((name) => name.startsWith('AWS_BATCH'))
  if (taken !== undefined)
    throw clientError(`Environment variables cannot start with AWS_BATCH: ${taken}`, 'environment')
}
