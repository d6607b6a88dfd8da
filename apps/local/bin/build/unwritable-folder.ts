/** A folder that the build writes into can't be written; the message names it, in one line. */
export class UnwritableFolder extends Error {}

/**
 * Writes into a folder of the project, which may be another user's: that of a `sudo npm start`, say.
 *
 * @throws UnwritableFolder for whatever `write` throws
 */
export async function writingInto<T>(folder: string, write: () => T | Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UnwritableFolder(`${folder} can't be written: ${reason}`, { cause });
  }
}
