/**
 * Where a server's URL points, for people: host, port and path, without the user, the password and the options,
 * which may hold one too.
 */
export function serverAddress(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname === '/' ? '' : pathname}`;
}
