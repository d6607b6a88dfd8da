import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The superuser's password as kept in this home, if it has one. */
export async function readPassword(home: string): Promise<string | undefined> {
  try {
    return (await readFile(passwordFile(home), 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Makes a random password and keeps it in this home, for this user's eyes only. */
export async function makePassword(home: string): Promise<string> {
  const password = randomBytes(24).toString('base64url');
  await writeFile(passwordFile(home), `${password}\n`, { mode: 0o600, flag: 'wx' });
  return password;
}

function passwordFile(home: string): string {
  return path.join(home, 'password');
}
