export { CachedDocs, ProblemDocs, QueryDocs } from './answer-docs.js';
export { completeDocument } from './complete-document.js';
export { type AnswerHeader, answerHeaders, CACHE_HEADERS } from './headers.js';
