/** Whether a DateTimeFormatter pattern writes the zone itself. */
export function writesZone(pattern: string): boolean {
  return /[zZxXV]/.test(pattern.replace(/'[^']*'/g, ''))
}
