// Bring the phone and the server together: send what waits, in order, then read the site's day and the list.
import { ask, Refused } from "../../web/server";
import { now } from "../../web/clock";
import { keepList, keepSite, kept, settle, type Brought, type Kept, type SiteState } from "./memory";

/** How it went: `away` no network or no server; `signed_out` sign in again; `other` someone else is signed in. */
export type Link = "ok" | "away" | "signed_out" | "other" | "trouble";
export interface Left { rule: string; unit: string; material: string | null; limit: number; used: number; renewed_at: string | null }
export interface Looked {
  opens: boolean; rule: string; text: string; left: Left[]; warnings: string[];
  charges: { clause: string; amount: string; material: string | null }[]; category: string | null;
}
interface Results { results: { event_id: string; outcome: "accepted" | "already" | "refused"; sentence: string }[] }

const BATCH = 50;
const PATIENCE_MS = 20_000;
const LOOK_PATIENCE_MS = 5_000;
const LIST_EVERY_MS = 600_000;
const HOPELESS = new Set([400, 404, 409, 413, 422]);

const call = <T>(method: "GET" | "POST", path: string, body?: unknown, patience = PATIENCE_MS): Promise<T> =>
  ask<T>(method, path, body, AbortSignal.timeout(patience));

/** What the server would decide now; throws when it does not answer soon. */
export function look(site: string, at: string, badge: string, vehicle: string, trailer: string, brought: Brought[]): Promise<Looked> {
  return call<Looked>("POST", "/api/v1/agent/look", { site, at, badge, vehicle, trailer, brought }, LOOK_PATIENCE_MS);
}

/** Send and read, one page of this browser at a time. */
export async function sync(account: string, site: string): Promise<{ link: Link; sentence: string; state: SiteState | null }> {
  try {
    return await navigator.locks.request("glaneur-agent-sync", () => exchange(account, site));
  } catch (error) {
    if (!(error instanceof Refused)) return { link: "away", sentence: "", state: null };
    if (error.status === 401) return { link: "signed_out", sentence: "", state: null };
    return { link: error.status >= 502 && error.status <= 504 ? "away" : "trouble", sentence: error.message, state: null };
  }
}

async function exchange(account: string, site: string): Promise<{ link: Link; sentence: string; state: SiteState | null }> {
  const session = await call<{ login: string; csrf_token: string }>("GET", "/api/v1/session");
  if (session.login !== account) return { link: "other", sentence: "", state: null };
  document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')!.content = session.csrf_token;
  const waiting = (await kept(account)).own.filter((one) => one.state === "waiting");
  for (let from = 0; from < waiting.length;) {
    // One site at a time, without changing the order.
    let to = from + 1;
    while (to < waiting.length && to - from < BATCH && waiting[to]!.site === waiting[from]!.site) to += 1;
    await send(waiting.slice(from, to));
    from = to;
  }
  const state = await call<SiteState>("GET", `/api/v1/agent/site?site=${encodeURIComponent(site)}`);
  await keepSite(account, state);
  if (state.keys) await readList(account);
  return { link: "ok", sentence: "", state };
}

async function send(events: Kept[]): Promise<void> {
  let answer: Results;
  try {
    answer = await call<Results>("POST", "/api/v1/agent/events", {
      site: events[0]!.site, sent_at: now().toISOString(), events: events.map((one) => one.told),
    });
  } catch (error) {
    if (!(error instanceof Refused && HOPELESS.has(error.status))) throw error;
    // One bad event must not hold back the others: each alone, and the one refused stays to be read.
    if (events.length > 1) for (const one of events) await send([one]);
    else await settle(events[0]!, "refused", error.message);
    return;
  }
  const results = new Map(answer.results.map((result) => [result.event_id, result]));
  for (const one of events) {
    const result = results.get(one.told.event_id);
    if (result) await settle(one, result.outcome, result.sentence);
  }
}

let listRead = 0;

async function readList(account: string): Promise<void> {
  if (Date.now() - listRead < LIST_EVERY_MS) return;
  const answer = await fetch("/api/v1/agent/list", { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!answer.ok) return;
  await keepList(account, new Uint8Array(await answer.arrayBuffer()));
  listRead = Date.now();
}
