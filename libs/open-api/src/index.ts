export { type AnswerHeader, answerHeaders, CACHE_HEADERS } from './answer-headers.js';
export { CachedDocs } from './cached-docs.js';
export { completeDocument } from './complete-document.js';
export { ProblemDocs } from './problem-docs.js';
