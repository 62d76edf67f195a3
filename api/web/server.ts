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

export type LiveEvent = { topic: string } & Record<string, unknown>;

/**
 * Follow the live events of these topics; `reload` means: fetch afresh, and is also called after a lost connection,
 * since what happened meanwhile is unknown. What happened since the page's data were read is told first. `connected`
 * hears of the connection. Returns how to stop.
 */
export function follow(topics: Record<string, (event: LiveEvent) => void>, connected: (yes: boolean) => void = () => {}): () => void {
  let source: EventSource;
  let lost = false;
  let retry = 0;
  let heard = document.querySelector<HTMLMetaElement>('meta[name="live"]')?.content ?? "";
  const open = () => {
    source = new EventSource(`/api/v1/live?since=${encodeURIComponent(heard)}`);
    source.onopen = () => {
      heard = ""; // told now: a later connection fetches afresh instead
      connected(true);
      if (lost) topics.reload?.({ topic: "reload" });
      lost = false;
    };
    source.onerror = () => {
      lost = true;
      connected(false);
      // The browser tries again by itself unless the answer was an error: then we do.
      if (source.readyState === EventSource.CLOSED) retry = window.setTimeout(open, 5000);
    };
    for (const [topic, act] of Object.entries(topics)) {
      source.addEventListener(topic, (event) => act(JSON.parse((event as MessageEvent<string>).data)));
    }
  };
  open();
  return () => { clearTimeout(retry); source.close(); };
}
