export type AddressFault = 'no_url' | 'not_https' | 'has_password' | 'has_port' | 'unknown_host'

/**
 * The address that was meant, or what is wrong with it. Only https, the usual port, and hosts that the operator knows, by their whole name: what
 * looks alike, what ends like one, and numbers in place of a name are other hosts.
 */
export function checkAddress(typed: string, hosts: readonly string[]): URL | AddressFault {
  let url: URL
  try {
    url = new URL(typed.trim())
  } catch {
    return 'no_url' // the only way to ask whether it is one
  }
  if (url.protocol !== 'https:') return 'not_https'
  if (url.username !== '' || url.password !== '') return 'has_password'
  if (url.port !== '') return 'has_port'
  if (!hosts.includes(url.hostname)) return 'unknown_host'
  url.hash = ''
  return url
}
