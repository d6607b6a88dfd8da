import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORE_SCHEMA, load, loadAll, mergeTag, Schema } from 'js-yaml';

export const ROOT = join(import.meta.dirname, '../../../..');

/** Core YAML 1.2, so that a workflow's `on` is a word, with the merge keys of compose files. */
const SCHEMA = new Schema([...CORE_SCHEMA.tags, mergeTag]);

/** The text of a file of the project, by its path from the root. */
export function projectFile(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The one document of a YAML file; the caller knows its shape, the tests find out whether it is right. */
export function yamlFile<Document>(path: string): Document {
  return load(projectFile(path), { schema: SCHEMA, filename: path }) as Document;
}

/** The documents of a YAML text; empty ones are left out. */
export function yamlDocuments<Document>(text: string): Document[] {
  return (loadAll(text, { schema: SCHEMA }) as (Document | null)[]).filter((document) => document !== null);
}
