/** The command of this machine that opens a file in a browser, for a person to copy. */
export function openCommand(path: string, platform: NodeJS.Platform = process.platform): string {
  const program = { darwin: 'open', win32: 'start ""' }[platform as string] ?? 'xdg-open';
  return `${program} '${path}'`;
}
