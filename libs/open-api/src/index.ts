export { CachedDocs } from './cached-docs.js';
export { completeDocument } from './complete-document.js';
export { type AnswerHeader, answerHeaders, CACHE_HEADERS } from './headers.js';
export { ProblemDocs } from './problem-docs.js';
