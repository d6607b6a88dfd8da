/** The address of a server as it is reached on another port: by way of a proxy, or since it was started again. */
export function onPort(url: string, port: number): string {
  return Object.assign(new URL(url), { port }).href;
}
