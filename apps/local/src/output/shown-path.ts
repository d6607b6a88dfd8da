import { relative } from 'node:path';
import { projectRoot } from '../project-root.js';

/** A path as it is shown: from the project's folder on where it lies in there, whole where it does not. */
export function shownPath(path: string): string {
  const inside = relative(projectRoot(), path);
  return inside.startsWith('..') ? path : inside;
}
