/** Calls `over` once the answer is over: its stream is read to the end or left, or there is none. */
export async function answeredUntil(answer: () => Promise<Response>, over: () => void): Promise<Response> {
  let response: Response;
  try {
    response = await answer();
  } catch (error) {
    over();
    throw error;
  }
  const { body, status, headers } = response;
  if (body === null || !/^text\/event-stream\b/.test(headers.get('content-type') ?? '')) {
    over();
    return response;
  }
  const reader = body.getReader();
  const told = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      over();
    },
    async cancel(reason) {
      over();
      await reader.cancel(reason);
    },
  });
  return new Response(told, { status, headers });
}
