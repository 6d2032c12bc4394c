/**
 * Functions that Trino has and Athena documents, and that Millrace has not, with why. They are refused by name, so that a user knows
 * that it is not a slip of the pen.
 */
const REASONS: Readonly<Record<string, string>> = {
  'geospatial functions are not there': `bing_tile bing_tile_at bing_tile_coordinates bing_tile_polygon bing_tile_quadkey bing_tile_zoom_level bing_tiles_around
    convex_hull_agg from_encoded_polyline from_geojson_geometry geometry_from_hadoop_shape geometry_invalid_reason geometry_nearest_points geometry_to_bing_tiles geometry_union
    geometry_union_agg great_circle_distance line_interpolate_point line_interpolate_points line_locate_point simplify_geometry
    spatial_partitioning spatial_partitions to_encoded_polyline to_geojson_geometry to_geometry to_spherical_geography flatten_geometry_collections
    geometry_as_geojson`,
  'sketches have no form that DuckDB could read': `approx_set empty_approx_set merge hyperloglog qdigest_agg tdigest_agg value_at_quantile values_at_quantiles
    quantile_at_value make_set_digest merge_set_digest intersection_cardinality jaccard_index hash_counts numeric_histogram`,
  'machine learning functions are not there':
    'learn_classifier learn_libsvm_classifier learn_libsvm_regressor learn_regressor classify regress features',
  'DuckDB has no such hash': `sha512 xxhash64 spooky_hash_v2_32 spooky_hash_v2_64 hmac_sha512 murmur3 checksum`,
  'DuckDB has no such distribution': 'beta_cdf inverse_beta_cdf normal_cdf inverse_normal_cdf t_cdf t_pdf',
  'colours are of use in a terminal only': 'bar color render rgb',
  'the words of a language are not known here': 'word_stem',
  'networks are not a type here': 'ip_prefix ip_subnet_max ip_subnet_min ip_subnet_range is_subnet_of',
  'there is one user': 'current_user current_catalog current_schema current_groups current_role',
  'it is not known how Athena answers': 'version',
}

export const REFUSED: ReadonlyMap<string, string> = new Map(
  Object.entries(REASONS).flatMap(([reason, names]) => names.split(/\s+/).map((name) => [name, reason] as const)),
)

/** Why a function of Trino's is refused; undefined for one that is not known at all. */
export function refusedFunction(name: string): string | undefined {
  const lower = name.toLowerCase()
  return REFUSED.get(lower) ?? (lower.startsWith('st_') ? 'geospatial functions are not there' : undefined)
}
