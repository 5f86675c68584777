import { option } from './option.ts';
import { integer, text, yesOrNo } from '../values.ts';

const file = text('FILE', 'a file', /^[^\0]+$/);

export const grpcOptions = {
  grpcEnabled: option(
    'grpc',
    'GRPC_ENABLED',
    yesOrNo,
    'true',
    'Whether gRPC is served: on the same address as HTTP, with the same tokens and limits. Agents of workers need it.',
  ),
  grpcPort: option(
    'grpc',
    'GRPC_PORT',
    integer('PORT', 0, 65_535),
    null,
    'Port of gRPC; 0 picks a free one. Default: 50051, or a free one if that is taken or with PORT=0.',
  ),
  grpcTlsCert: option(
    'grpc',
    'GRPC_TLS_CERT',
    file,
    null,
    'Certificate of the server with those that lead to its root, PEM. Unless set, gRPC is not encrypted.',
  ),
  grpcTlsKey: option('grpc', 'GRPC_TLS_KEY', file, null, "The certificate's private key, PEM."),
  grpcTlsCa: option(
    'grpc',
    'GRPC_TLS_CA',
    file,
    null,
    'Certificates that agents of workers trust, PEM: those that have signed the certificates of all servers, which ' +
      'then have to name the hosts by which workers reach them. Default: those in GRPC_TLS_CERT, for any host. ' +
      'Needed with several servers, and where the certificate is replaced while workers run.',
  ),
  grpcTlsClientCa: option(
    'grpc',
    'GRPC_TLS_CLIENT_CA',
    file,
    null,
    'Certificates of which one has to have signed that of each client, PEM. Unless set, clients need none. Agents of ' +
      'workers have none, and cannot connect where it is set.',
  ),
};
