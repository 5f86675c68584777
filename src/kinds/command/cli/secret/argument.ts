import { argument } from '../../../../transports/cli/command.ts';

export const secretArgument = argument('NAME', '1 to 253 letters, digits and . _ - /', 'name');
