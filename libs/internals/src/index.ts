export {
  answerHalfClosed,
  answerUnderWay,
  COMPOSED_HEAD,
  type Composed,
  PendingConnections,
  stopListening,
  tuneHeap,
} from './node.js';
export { cutOff, poolOfSource } from './postgres.js';
