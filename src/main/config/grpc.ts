import type { OptionName, OptionValues } from './options.ts';

/** How gRPC is served. */
export interface GrpcConfig {
  readonly enabled: boolean;
  /** 0: any free one. */
  readonly port: number;
  /** Any free one will do if that is taken: nobody has named it. */
  readonly anyPort: boolean;
  /** Null: not encrypted. */
  readonly tls: GrpcTlsFiles | null;
}

/** In PEM. */
export interface GrpcTlsFiles {
  readonly cert: string;
  readonly key: string;
  /** What agents trust; null: `cert`. */
  readonly ca: string | null;
  /** Null: clients need no certificate. */
  readonly clientCa: string | null;
}

const defaultPort = 50_051;

/** Null when nothing is wrong with the options together. */
export function grpcProblem(values: OptionValues): { readonly option: OptionName; readonly message: string } | null {
  const { grpcTlsCert: cert, grpcTlsKey: key, grpcTlsCa: ca, grpcTlsClientCa: clientCa } = values;
  if (cert !== undefined && key === undefined) {
    return { option: 'grpcTlsKey', message: 'GRPC_TLS_KEY is not set: GRPC_TLS_CERT needs it' };
  }
  if (cert === undefined && (key ?? ca ?? clientCa) !== undefined) {
    const which = key !== undefined ? 'GRPC_TLS_KEY' : ca !== undefined ? 'GRPC_TLS_CA' : 'GRPC_TLS_CLIENT_CA';
    return { option: 'grpcTlsCert', message: `GRPC_TLS_CERT is not set: ${which} needs it` };
  }
  return null;
}

/** Of options that were found good. */
export function grpcFrom(values: OptionValues): GrpcConfig {
  const { grpcTlsCert: cert, grpcTlsKey: key, grpcTlsCa: ca = null, grpcTlsClientCa: clientCa = null } = values;
  return {
    enabled: values.grpcEnabled ?? false,
    port: values.grpcPort ?? (values.port === 0 ? 0 : defaultPort),
    anyPort: values.grpcPort === undefined,
    tls: cert === undefined || key === undefined ? null : { cert, key, ca, clientCa },
  };
}
