const KEYS =
  /(\b(?:SECRET_ACCESS_KEY|SESSION_TOKEN|MASTER_SYMMETRIC_KEY)\s+(?:AS\s+)?'|\baws_secret_access_key=|;token=|;master_symmetric_key=)([^';]+)/gi

/** A COPY or UNLOAD as it is kept and shown: keys in it are stars, as many as it had characters, so that positions in the text stay. */
export const withoutKeys = (sql: string): string =>
  sql.replace(KEYS, (_, before: string, key: string) => before + '*'.repeat(key.length))
