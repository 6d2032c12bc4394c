/**
 * The page's content security policy, one for both shells. Scripts come from the program alone; styles may be inline, as the editor
 * and the charts set them; workers come from the program (or a blob of it, as bundlers make them).
 */
export function contentSecurityPolicy(shell: 'desktop' | 'served'): string {
  // A socket to the page's own host counts as 'self' in today's browsers; the desktop shell has no socket at all.
  const connect = shell === 'served' ? "'self' ws://127.0.0.1:* ws://localhost:*" : "'self'"
  return [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "worker-src 'self' blob:",
    `connect-src ${connect}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
