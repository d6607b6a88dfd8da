export { CachedDocs, ProblemDocs, QueryDocs } from './answer-docs.js';
export { completeDocument } from './complete-document.js';
export { type AnswerHeader, answerHeaders, CACHE_HEADERS } from './headers.js';
export {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProperty,
  ApiResponse,
  ApiSchema,
  ApiTags,
  loadDocs,
} from './later-docs.js';
