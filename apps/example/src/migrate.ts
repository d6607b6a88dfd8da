import { readConfig } from '#libs/config';
import { migration, runMigrations, trackTable } from '#libs/db';
import { articles } from './articles.js';

const TABLE = 'CREATE TABLE articles (slug text PRIMARY KEY, author text NOT NULL, title text NOT NULL)';
const first = migration('Articles1800000000001', [TABLE, trackTable(articles)], ['DROP TABLE articles']);

await runMigrations(readConfig(process.env, ['database']).database, { migrations: [first] });
