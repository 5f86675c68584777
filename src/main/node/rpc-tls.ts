import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { RpcTls } from '../../transports/grpc/server.ts';
import type { GrpcTlsFiles } from '../config/grpc.ts';

/** @throws {Error} with a clear message when a file cannot be read, or they do not match */
export function readRpcTls({ cert, key, clientCa }: GrpcTlsFiles): RpcTls {
  const found = {
    cert: read('GRPC_TLS_CERT', cert),
    key: read('GRPC_TLS_KEY', key),
    clientCa: clientCa === null ? null : read('GRPC_TLS_CLIENT_CA', clientCa),
  };
  try {
    createSecureContext({ cert: found.cert, key: found.key, ...(found.clientCa && { ca: found.clientCa }) });
  } catch (error) {
    const files = `GRPC_TLS_CERT and GRPC_TLS_KEY${found.clientCa === null ? '' : ' and GRPC_TLS_CLIENT_CA'}`;
    throw new Error(`${files} are not a matching pair of PEM files: ${(error as Error).message}`);
  }
  return found;
}

/** It becomes a variable of the environment, which may have twice as much. */
const maxCaBytes = 65_536;

/**
 * The certificates that agents trust, PEM and nothing else.
 *
 * @throws {Error} with a clear message when they cannot be read
 */
export function readAgentCa({ cert, ca }: GrpcTlsFiles): string {
  const option = ca === null ? 'GRPC_TLS_CERT' : 'GRPC_TLS_CA';
  const text = read(option, ca ?? cert).toString('utf8');
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    for (const each of certificates) new X509Certificate(each);
  } catch (error) {
    throw new Error(`${option} has a certificate that is none: ${(error as Error).message}`);
  }
  const all = certificates.map((each) => `${each}\n`).join('');
  if (certificates.length === 0) throw new Error(`${option} has no certificates in PEM`);
  if (all.length > maxCaBytes) throw new Error(`${option} has more than ${maxCaBytes} bytes of certificates`);
  return all;
}

function read(option: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`${option} cannot be read: ${(error as Error).message}`);
  }
}
