/** A text as SQL writes it. */
export const text = (value: string) => `'${value.replaceAll("'", "''")}'`

/** Where our macros are: in the in-memory database, so that no user's schema can hide them. */
export const macro = (name: string) => `memory.redshift.rs_${name.toLowerCase()}`
