const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/
export const nameProblem = (name: string): string | undefined =>
  name === ''
    ? 'A name is needed'
    : NAME.test(name)
      ? undefined
      : 'Letters, digits, hyphens and underscores, at most 128, beginning with a letter or digit'
