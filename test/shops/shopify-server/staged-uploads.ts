/** Where files are uploaded before Shopify makes something of them: a form post as object storages take it. */
import { randomUUID } from 'node:crypto';

export interface StagedUpload {
  readonly filename: string;
  readonly mimeType: string;
  readonly fileSize: number;
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
  /** Null until it is uploaded. */
  bytes: Uint8Array | null;
}

export class StagedUploads {
  readonly byKey = new Map<string, StagedUpload>();

  stage({ filename, mimeType, fileSize }: { filename: string; mimeType: string; fileSize: number }): string {
    const key = `tmp/1/files/${randomUUID()}/${filename}`;
    const parameters = [
      { name: 'Content-Type', value: mimeType },
      { name: 'success_action_status', value: '201' },
      { name: 'acl', value: 'private' },
      { name: 'key', value: key },
      { name: 'policy', value: Buffer.from(JSON.stringify({ key, fileSize })).toString('base64') },
      { name: 'x-goog-signature', value: randomUUID().replaceAll('-', '') },
    ];
    this.byKey.set(key, { filename, mimeType, fileSize, parameters, bytes: null });
    return key;
  }

  /** Null when it is taken; otherwise the code of the storage's refusal. */
  async receive(form: FormData): Promise<string | null> {
    const entries = [...form.entries()];
    const [lastName, file] = entries.pop() ?? [];
    if (lastName !== 'file' || !(file instanceof File)) return 'the last field is not the file';
    const fields = new Map(entries.map(([name, value]) => [name, String(value)]));
    const upload = this.byKey.get(fields.get('key') ?? '');
    if (upload === undefined) return 'NoSuchKey';
    if (fields.size !== entries.length || fields.size !== upload.parameters.length) return 'AccessDenied: fields';
    for (const { name, value } of upload.parameters) {
      if (fields.get(name) !== value) return `AccessDenied: ${name}`;
    }
    if (file.type !== upload.mimeType) return `AccessDenied: Content-Type is ${file.type}`;
    if (file.size !== upload.fileSize) return `EntityTooLarge or too small: ${file.size}`;
    upload.bytes = new Uint8Array(await file.arrayBuffer());
    return null;
  }
}
