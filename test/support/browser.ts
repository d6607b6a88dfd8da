import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { unpackDebianPackages } from '#src/apps/local/src/debian-packages';
import { execute } from '#src/apps/local/src/processes';

const FOLDER = join(
  import.meta.dirname,
  '../../.hotshelf',
  `chromium-package-${process.platform}-${process.arch}`,
);

/**
 * The libraries that Chromium is linked with, and theirs, by the beginnings of their packages' names. The rest of what its
 * package depends on is for a desktop: it would be four times as much. The C library is the machine's own, as the packages are
 * of its own release.
 */
const LIBRARIES =
  /^(?:chromium-common|lib(?:apparmor|asound2|async|atk|atspi|avahi|blkid|brotli|bsd|cairo|cap2|com-err|cups2|datrie|dav1d|dbus-1|double-conversion|drm|elogind|expat|ffi|flac|fontconfig1|freetype|fribidi|gbm|gcrypt|glib2\.0-0|gmp10|gnutls30|gpg-error|graphite2|gssapi|harfbuzz|hogweed|idn2|jpeg62|k5crypto|keyutils|krb5|lcms2|lz4|lzma|md0|minizip|mount|mp3lame|mpg123|nettle|nspr4|nss3|ogg|openh264|openjp2|opus|p11-kit|pango|pcre2|pixman|png16|pulse0|selinux|sndfile|systemd0|tasn1|thai|udev1|unistring|vorbis|wayland-server|x|zstd).*)$/;

/** Text is drawn with the unpacked font alone, so that pages look the same on machines with and without fonts. */
const FONTS = (folder: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/usr/share/fonts</dir>
  <cachedir>${folder}/font-cache</cachedir>
</fontconfig>
`;

interface Program {
  readonly command: string;
  readonly env: Record<string, string>;
}

/**
 * A Chromium without a window: one on the PATH (Chrome counts), else the distribution's package, fetched once and unpacked below
 * .hotshelf/ without touching the system.
 *
 * @throws Error if neither can be had; the message says why
 */
export async function openBrowser(): Promise<Browser> {
  const { command, env } = (await installed()) ?? (await unpacked());
  return chromium.launch({
    executablePath: command,
    env: { ...(process.env as Record<string, string>), ...env },
    // Its sandbox takes user namespaces, which containers and hardened systems refuse. It opens pages of our own alone.
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
}

async function installed(): Promise<Program | undefined> {
  for (const command of ['chromium', 'google-chrome']) {
    const path = await execute('sh', ['-c', `command -v ${command}`], { timeoutMs: 5_000 });
    if (path.kind === 'ok' && (await runs(path.stdout.trim(), {})))
      return { command: path.stdout.trim(), env: {} };
  }
  return undefined;
}

async function unpacked(): Promise<Program> {
  if (!existsSync(FOLDER))
    await unpackDebianPackages(FOLDER, {
      packages: ['chromium', 'fonts-dejavu-core'],
      dependencies: LIBRARIES,
    }).catch((error: Error) => {
      throw new Error(`no Chromium: neither chromium nor google-chrome is on the PATH, and ${error.message}`);
    });
  const fonts = join(FOLDER, 'fonts.conf');
  if (!existsSync(fonts)) writeFileSync(fonts, FONTS(FOLDER));
  const command = join(FOLDER, 'usr/lib/chromium/chromium');
  const env = { LD_LIBRARY_PATH: libraryFolders().join(':'), FONTCONFIG_FILE: fonts };
  if (await runs(command, env)) return { command, env };
  throw new Error(`the Chromium in ${FOLDER} does not run here; delete it to fetch it again`);
}

function libraryFolders(): string[] {
  const entries = readdirSync(FOLDER, { recursive: true, withFileTypes: true });
  const libraries = entries.filter(({ name }) => /^lib.*\.so(?:\.\d+)*$/.test(name));
  return [...new Set(libraries.map(({ parentPath }) => parentPath))];
}

async function runs(command: string, env: Record<string, string>): Promise<boolean> {
  const asked = await execute(command, ['--version'], {
    timeoutMs: 20_000,
    env: { ...process.env, ...env },
  });
  return asked.kind === 'ok' && /Chrom/.test(asked.stdout);
}
