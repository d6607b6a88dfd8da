import type { PipeTransform } from '@nestjs/common';
import { ProblemError } from '#libs/errors';

const ENTITY_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** The rule in words. */
export const entityIdRule = `must match ${ENTITY_ID.source}: 1 to 64 letters, digits, dots, underscores or hyphens, a letter or digit first`;

/** The rule as JSON Schema. */
export const entityIdSchema = { type: 'string', pattern: ENTITY_ID.source } as const;

/** Whether an entity can have this id. */
export function isEntityId(text: string | undefined): text is string {
  return text !== undefined && ENTITY_ID.test(text);
}

/** Refuses an invalid id, naming the rule. The id itself is not repeated: it may be anything. */
export class EntityIdPipe implements PipeTransform<string, string> {
  /** @param entity the kind of entity, for clients: `article` */
  constructor(private readonly entity: string) {}

  transform(text: string): string {
    if (isEntityId(text)) return text;
    throw new ProblemError('REQUEST_INVALID', {
      detail: `The ${this.entity} id is not valid.`,
      errors: [
        {
          field: 'id',
          rule: 'pattern',
          message: entityIdRule,
        },
      ],
    });
  }
}
