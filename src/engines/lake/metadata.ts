/** Where an object's tags are among its metadata, as JSON. */
export const TAGS = ':tags'

/** Where the sizes of an object's parts are, as `8388608x12,5`. */
export const PARTS = ':parts'

/** Metadata with other tags; without, as it is. */
export function withTags(metadata: Record<string, string>, tags?: Record<string, string>): Record<string, string> {
  if (!tags) return metadata
  const { [TAGS]: _, ...others } = metadata
  return Object.keys(tags).length === 0 ? others : { ...others, [TAGS]: JSON.stringify(tags) }
}

export const tagsOf = ({ metadata }: { metadata: Record<string, string> }): Record<string, string> =>
  metadata[TAGS] === undefined ? {} : JSON.parse(metadata[TAGS])
