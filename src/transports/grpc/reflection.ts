import {
  createRegistry, toBinary, type DescFile, type DescService, type MessageInitShape,
} from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { grpcStatuses } from '../../contract/errors.ts';
import {
  ServerReflection, type ServerReflectionRequest, type ServerReflectionResponseSchema,
} from '../../contract/proto/generated/grpc/reflection/v1/reflection_pb.ts';
import { mountedRpc, type MountedRpc } from './rpc.ts';

type Response = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>['messageResponse']>;

/**
 * What the services and their messages look like, from the descriptors in the generated code. Older tools ask under
 * `grpc.reflection.v1alpha`, in the same words.
 */
export function reflectionService(services: readonly DescService[]): MountedRpc {
  const shown = [...services, ServerReflection];
  const names = shown.map(({ typeName }) => ({ name: typeName })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const files = filesOf(shown.map(({ file }) => file));
  const answer = ({ messageRequest: { case: what, value } }: ServerReflectionRequest): Response => {
    switch (what) {
      case 'listServices':
        return { case: 'listServicesResponse', value: { service: names } };
      case 'fileByFilename':
        return found(files.byName.get(value), value);
      case 'fileContainingSymbol':
        return found(files.declaring(value), value);
      case 'allExtensionNumbersOfType':
        if (files.declaring(value) === undefined) return found(undefined, value);
        return { case: 'allExtensionNumbersResponse', value: { baseTypeName: value, extensionNumber: [] } };
      case 'fileContainingExtension':
        return found(undefined, `extension ${value.extensionNumber} of ${value.containingType}`);
      default:
        return failed(grpcStatuses.INVALID_ARGUMENT, 'The question is empty, or none that is known here.');
    }
  };
  return mountedRpc(ServerReflection, 'none', {
    async serverReflectionInfo({ requests, send }) {
      for await (const request of requests) {
        await send({ validHost: request.host, originalRequest: request, messageResponse: answer(request) });
      }
      return { ok: true, value: null };
    },
  });
}

function found(file: DescFile | undefined, name: string): Response {
  if (file === undefined) return failed(grpcStatuses.NOT_FOUND, `There is no ${name.slice(0, 200)}.`);
  const needed = filesOf([file]).byName.values();
  const fileDescriptorProto = [...needed].map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto } };
}

function failed(errorCode: number, errorMessage: string): Response {
  return { case: 'errorResponse', value: { errorCode, errorMessage } };
}

/** These, those that they need first, and what they declare. */
function filesOf(roots: readonly DescFile[]) {
  const byName = new Map<string, DescFile>();
  const add = (file: DescFile): void => {
    if (byName.has(file.proto.name)) return;
    byName.set(file.proto.name, file);
    file.dependencies.forEach(add);
  };
  roots.forEach(add);
  const registry = createRegistry(...byName.values());
  /** A message, an enum or a service; or a method, field or value, by the name of what it is in. */
  const declaring = (symbol: string): DescFile | undefined =>
    (registry.get(symbol) ?? registry.get(symbol.slice(0, Math.max(0, symbol.lastIndexOf('.')))))?.file;
  return { byName, declaring };
}
