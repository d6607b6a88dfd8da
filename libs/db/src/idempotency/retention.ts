/** How long an answer is remembered: longer than any client goes on trying. As an interval of Postgres. */
export const RETENTION = `interval '24 hours'`;
