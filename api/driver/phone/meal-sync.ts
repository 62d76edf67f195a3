// Bring the phone and the server together: send the waiting taps, then read the round of meals. Knows no page.
import { ask, Refused } from "../../web/server";
import { keepMealRound, keptMealRound, keptMealTaps, settleMealTap } from "./meal-memory";
import type { KeptMealTap, MealChoice, MealRound } from "./meal-round";
import type { Link } from "./sync";

interface Results { results: { event_id: string; outcome: "accepted" | "already" | "refused"; sentence: string }[] }

const BATCH = 50;
const PATIENCE_MS = 20_000;
// Answers that will be the same however often the same taps are sent.
const HOPELESS = new Set([400, 404, 409, 413, 422]);

function call<T>(method: "GET" | "POST", path: string, body?: unknown): Promise<T> {
  return ask<T>(method, path, body, AbortSignal.timeout(PATIENCE_MS));
}

/** Send and read, one page of this browser at a time. Returns how it went and a sentence when there is one. */
export async function syncMeals(account: string, wanted: string): Promise<{ link: Link; sentence: string }> {
  try {
    return await navigator.locks.request("glaneur-meals-sync", () => exchange(account, wanted));
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
  const waiting = (await keptMealTaps(account)).filter((tap) => tap.state === "waiting");
  for (let from = 0; from < waiting.length; from += BATCH) await send(waiting.slice(from, from + BATCH));
  return { link: "ok", sentence: await readRound(account, wanted) };
}

async function send(taps: KeptMealTap[]): Promise<void> {
  let answer: Results;
  try {
    answer = await call<Results>("POST", "/api/v1/driver/meals/events", { events: taps.map(({ tap }) => tap) });
  } catch (error) {
    if (!(error instanceof Refused && HOPELESS.has(error.status))) throw error;
    // One bad tap must not hold back the others: each alone, and the one refused stays to be read.
    if (taps.length > 1) for (const tap of taps) await send([tap]);
    else await settleMealTap(taps[0]!, "refused", error.message);
    return;
  }
  const results = new Map(answer.results.map((result) => [result.event_id, result]));
  for (const one of taps) {
    const result = results.get(one.tap.event_id);
    if (result) await settleMealTap(one, result.outcome, result.sentence);
  }
}

async function readRound(account: string, wanted: string): Promise<string> {
  const held = (await keptMealRound(account, wanted))?.version ?? "";
  const query = new URLSearchParams({ held, ...(wanted ? { round: wanted } : {}) });
  try {
    const answer = await call<{ round: MealRound | null; same: boolean }>("GET", `/api/v1/driver/meals?${query}`);
    if (!answer.same) await keepMealRound(account, wanted, answer.round);
    return "";
  } catch (error) {
    if (!(error instanceof Refused && [403, 404, 422, 503].includes(error.status))) throw error;
    await keepMealRound(account, wanted, null);
    return wanted ? error.message : ""; // a dispatcher has no meals to carry, and some installations none at all
  }
}

export async function readMealChoices(): Promise<MealChoice[]> {
  return (await call<{ rounds: MealChoice[] }>("GET", "/api/v1/driver/meals/rounds")).rounds;
}
