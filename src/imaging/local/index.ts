/** The image restyler of the built-in worker: nothing leaves the machine, no accelerator is needed. */
export {
  createRestyler,
  ImageRejected,
  type Concept,
  type ConceptAction,
  type Output,
  type OutputFormat,
  type RejectionCode,
  type Restyler,
  type RestylerOptions,
  type RestyleRequest,
  type RestyleResult,
} from './restyle.ts';
