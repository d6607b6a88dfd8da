import { writeFile } from 'node:fs/promises';
import { readConfig } from '#libs/config';
import { openApiDocument } from './api-docs.js';
import { configureApp } from './configure-app.js';
import { exitWith } from './start-failure.js';

/** Writes the OpenAPI document to the file that is named, and asks no server for it. */
try {
  const [, , file] = process.argv;
  if (file === undefined) throw new Error('Which file? node dist/apps/api/src/openapi.js <file>');
  // The application is created, not started: this address is never used.
  const app = await configureApp(readConfig({ DATABASE_URL: 'postgres://nouser@localhost/nothing' }));
  await writeFile(file, `${JSON.stringify(await openApiDocument(app), null, 2)}\n`);
} catch (error) {
  exitWith(error);
}
