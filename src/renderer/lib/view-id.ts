/** What a view is opened with: small JSON that names its resource. It is remembered with the layout. */
export type ViewParams = Readonly<Record<string, string | number | boolean | null>>

/** Equal types and params give equal ids, in whatever order the params stand. */
export function viewId(type: string, params: ViewParams): string {
  const parts = Object.keys(params)
    .sort()
    .map((key) => `${key}=${String(params[key])}`)
  return parts.length > 0 ? `${type}?${parts.join('&')}` : type
}
