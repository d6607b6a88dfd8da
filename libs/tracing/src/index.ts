export {
  annotate,
  carried,
  markFailed,
  rootSpanned,
  SharedSpans,
  type Span,
  type SpanStart,
  spanMaker,
  spanned,
} from './spans.js';
