// Bring the phone and the server together: send the waiting taps, then read the round. Knows no page.
import { ask, Refused } from "../../web/server";
import { keepRound, keptTaps, settleTap } from "./memory";
import type { KeptTap, Round, RoundChoice, Stop, Tap } from "./round";

/** How it went: `away` no network or no server; `signed_out` sign in again; `other` someone else is signed in. */
export type Link = "ok" | "away" | "signed_out" | "other" | "trouble";

interface Results { results: { event_id: string; outcome: "accepted" | "already" | "refused"; sentence: string }[] }

const BATCH = 50;
const PATIENCE_MS = 20_000;
// Answers that will be the same however often the same taps are sent.
const HOPELESS = new Set([400, 404, 409, 413, 422]);

function call<T>(method: "GET" | "POST", path: string, body?: unknown): Promise<T> {
  return ask<T>(method, path, body, AbortSignal.timeout(PATIENCE_MS));
}

/** Send and read, one page of this browser at a time. Returns how it went and a sentence when there is one. */
export async function sync(account: string, wanted: string): Promise<{ link: Link; sentence: string }> {
  try {
    return await navigator.locks.request("glaneur-driver-sync", () => exchange(account, wanted));
  } catch (error) {
    if (!(error instanceof Refused)) return { link: "away", sentence: "" };
    if (error.status === 401) return { link: "signed_out", sentence: "" };
    return { link: error.status >= 502 && error.status <= 504 ? "away" : "trouble", sentence: error.message };
  }
}

async function exchange(account: string, wanted: string): Promise<{ link: Link; sentence: string }> {
  // The page may be days old, or another driver may have taken the phone: who is signed in, with which token?
  const session = await call<{ login: string; csrf_token: string }>("GET", "/api/v1/session");
  if (session.login !== account) return { link: "other", sentence: "" };
  document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')!.content = session.csrf_token;
  const waiting = (await keptTaps(account)).own.filter((tap) => tap.state === "waiting");
  for (let from = 0; from < waiting.length; from += BATCH) await send(waiting.slice(from, from + BATCH));
  return { link: "ok", sentence: await readRound(account, wanted) };
}

async function send(taps: KeptTap[]): Promise<void> {
  let answer: Results;
  try {
    answer = await call<Results>("POST", "/api/v1/driver/events", { events: taps.map(asSent) });
  } catch (error) {
    if (!(error instanceof Refused && HOPELESS.has(error.status))) throw error;
    // One bad tap must not hold back the others: each alone, and the one refused stays to be read.
    if (taps.length > 1) for (const tap of taps) await send([tap]);
    else await settleTap(taps[0]!, "refused", error.message);
    return;
  }
  const results = new Map(answer.results.map((result) => [result.event_id, result]));
  for (const tap of taps) {
    const result = results.get(tap.event_id);
    if (result) await settleTap(tap, result.outcome, result.sentence);
  }
}

function asSent({ event_id, stop_id, kind, reason, weight_kg, happened_at }: KeptTap): Tap {
  return { event_id, stop_id, kind, reason, weight_kg, happened_at };
}

async function readRound(account: string, wanted: string): Promise<string> {
  const query = wanted ? `?round=${encodeURIComponent(wanted)}` : "";
  try {
    const answer = await call<{ round: Round | null }>("GET", `/api/v1/driver/round${query}`);
    await keepRound(account, wanted, answer.round && { ...answer.round, stops: answer.round.stops.map(sameHours) });
    return "";
  } catch (error) {
    if (!(error instanceof Refused && [403, 404, 422].includes(error.status))) throw error;
    await keepRound(account, wanted, null);
    return error.message;
  }
}

// The server writes microseconds, the phone milliseconds: one way, so that nothing seems to change.
function sameHours(stop: Stop): Stop {
  return { ...stop, status_at: stop.status_at && new Date(stop.status_at).toISOString() };
}

export async function readChoices(): Promise<RoundChoice[]> {
  return (await call<{ rounds: RoundChoice[] }>("GET", "/api/v1/driver/rounds")).rounds;
}
