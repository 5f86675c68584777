import { option } from './option.ts';
import { integer } from '../values.ts';

export const httpOptions = {
  metricsPort: option(
    'http',
    'METRICS_PORT',
    integer('PORT', 0, 65_535),
    null,
    'A port of its own for `/metrics`, on the same address; 0 takes any free one. Unless set, it is on the main port.',
  ),
};
