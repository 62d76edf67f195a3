// Talk to our own JSON API: the CSRF token on every change, French sentences in every failure.
const csrf = () => document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";

export class Refused extends Error {
  constructor(readonly status: number, sentence: string) { super(sentence); }
}

export async function ask<T>(method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE", path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, {
    method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }), ...(signal ? { signal } : {}),
  });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    const sentence = typeof problem.error === "string" ? problem.error : "La demande n'a pas abouti.";
    throw new Refused(answer.status, sentence);
  }
  return answer.status === 204 ? (undefined as T) : await answer.json() as T;
}

/** Follow the live events of these topics; `reload` means: fetch afresh. Returns how to stop. */
export function follow(topics: Record<string, (event: { topic: string } & Record<string, unknown>) => void>): () => void {
  const source = new EventSource("/api/v1/live");
  for (const [topic, act] of Object.entries(topics)) {
    source.addEventListener(topic, (event) => act(JSON.parse((event as MessageEvent<string>).data)));
  }
  return () => source.close();
}
