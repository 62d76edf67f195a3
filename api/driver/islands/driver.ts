// The driver's page: holds the round, writes every tap down first, sends when it can. Works without network.
import { now } from "../../web/clock";
import { toast } from "../../web/toast";
import { card, finished, lastSaid, stopName } from "../phone/card";
import { fill, h } from "../phone/dom";
import { dismissTap, forget, keepTap, keptRound, keptTaps } from "../phone/memory";
import { mayDrive, nextStop, stamp, withTaps, type Round, type RoundChoice, type Stop, type TapKind } from "../phone/round";
import { readChoices, sync } from "../phone/sync";
import { leaving, tell } from "../phone/which";
import { showChoices, showHeading, showNotices, showState, showStops, type Around } from "../phone/view";

const page = document.getElementById("driver")!;
const account = page.dataset.account!;
const wanted = new URLSearchParams(location.search).get("round") ?? "";
const cardBox = document.getElementById("card")!;
const changes = new BroadcastChannel("glaneur-driver");

const REFRESH_MS = 30_000;
const FIRST_RETRY_MS = 3_000;
const LAST_RETRY_MS = 120_000;
// A second touch of the same finger must not fall on the next stop's button.
const PAUSE_MS = 600;

const around: Around = { link: "ok", online: navigator.onLine, sentence: "", taps: [], others: 0, ready: false, read: false };
let round: Round | null = null; // with the waiting taps applied
let known = false; // whether a round, or the absence of one, is known
let chosen: number | null = null;
let last: number | null = null; // the stop of the tap just made, offered for undoing
let asking = false;
let choices: RoundChoice[] = [];
let version = "";
let retry = FIRST_RETRY_MS;
let timer = 0;
let running = false;
let again = false;

async function read(): Promise<void> {
  const { own, others } = await keptTaps(account);
  const kept = await keptRound(account, wanted);
  round = kept && withTaps(kept, own);
  Object.assign(around, { taps: own, others, read: true });
  known ||= kept !== null;
  const nowVersion = kept ? `${kept.id}/${kept.version}` : "";
  if (version && nowVersion && version !== nowVersion) toast("La régulation a modifié la tournée.");
  version = nowVersion || version;
  show();
}

function show(): void {
  tell("truck", round !== null);
  const may = round !== null && mayDrive(round, now());
  const next = round ? nextStop(round) : undefined;
  const stop = round?.stops.find((one) => one.id === chosen) ?? next;
  showHeading(round, may);
  showState({ ...around, ready: around.ready && round !== null });
  showNotices(around, round, (tap) => void dismissTap(tap).then(changed));
  const told = round?.stops.find((one) => one.id === last && one.id !== stop?.id && one.status !== "to_do");
  const shows = round ? [stop ?? round.stops, stop === next, asking, may, told] : [known, around.link, choices.length > 0];
  fill(cardBox, shows, () => {
    if (!round) return empty();
    const undo = told ? [lastSaid(told, () => void tap(told, "undone"))] : [];
    if (!stop) return [...undo, ...finished(round.stops)];
    const back = stop !== next && next
      ? [h("button", { type: "button", class: "quiet back", onclick: () => choose(null) }, "← Revenir au prochain arrêt")] : [];
    const early = may ? [] : [h("p", { class: "note" }, "Cette tournée n'a pas commencé : vous pourrez noter vos arrêts le jour même.")];
    return [...undo, ...back, ...early, ...card(stop, cameFrom(round, stop), stop === next, asking, may, { tap: (...what) => void tap(stop, ...what), ask: setAsking })];
  });
  showStops(round, stop?.id ?? null, around.taps, (one) => choose(one.id));
  showChoices(choices, round?.id ?? null, round ? "Autres tournées" : "Tournées publiées");
}

/** The last place before this stop; a break has none of its own. */
function cameFrom({ stops }: Round, stop: Stop): Stop | undefined {
  return stops.slice(0, stops.findIndex((one) => one.id === stop.id)).reverse().find((one) => one.lat !== null);
}

function empty(): HTMLElement[] {
  if (!known && around.link !== "ok") return [h("h2", {}, "La tournée n'est pas encore sur ce téléphone"), h("p", {}, "Elle arrivera dès que le réseau reviendra.")];
  if (!known) return [h("p", { class: "muted" }, "Chargement de la tournée…")];
  if (choices.length) return [h("h2", {}, "Choisissez une tournée"), h("p", {}, "Aucune tournée publiée ne vous est confiée ; voici celles qui le sont à d'autres.")];
  return [h("h2", {}, "Pas de tournée pour vous"), h("p", {}, "Aucune tournée publiée ne vous attend. Elle apparaîtra ici dès que la régulation la publiera.")];
}

function setAsking(why: boolean): void {
  asking = why;
  show();
  (document.getElementById("why") ?? document.getElementById("stop-name"))?.focus();
}

function choose(stop: number | null): void {
  chosen = stop;
  asking = false;
  show();
  cardBox.scrollIntoView({ block: "start" });
  document.getElementById("stop-name")?.focus({ preventScroll: true });
}

let busy = false;

async function tap(stop: Stop, kind: TapKind, reason = "", weight: number | null = null): Promise<void> {
  if (busy || !round) return;
  busy = true;
  page.classList.add("busy");
  try {
    await keepTap({
      event_id: crypto.randomUUID(), stop_id: stop.id, kind, reason, weight_kg: weight, happened_at: stamp(stop, now()),
      account, round_id: round.id, label: stopName(stop), state: "waiting", sentence: "",
    });
    void navigator.storage?.persist?.().catch(() => undefined);
    navigator.vibrate?.(30);
    chosen = kind === "undone" ? stop.id : null;
    last = kind === "undone" ? null : stop.id;
    asking = false;
    await changed();
    cardBox.scrollIntoView({ block: "start" });
    document.getElementById("stop-name")?.focus({ preventScroll: true });
    void run();
  } catch {
    toast("Ce téléphone n'a pas pu garder la saisie : recommencez, ou prévenez la régulation.", "problem");
  } finally {
    setTimeout(() => { busy = false; page.classList.remove("busy"); }, PAUSE_MS);
  }
}

async function changed(): Promise<void> {
  changes.postMessage("changed");
  await read();
}

/** Exchange with the server once, then plan the next time: soon after a failure, later and later. */
async function run(): Promise<void> {
  clearTimeout(timer);
  if (running) { again = true; return; }
  running = true;
  try {
    // When the browser knows there is no network, asking would only cost battery; `online` will call.
    const went = navigator.onLine ? await sync(account, wanted) : { link: "away" as const, sentence: "" };
    Object.assign(around, went);
    known ||= went.link === "ok";
    if (went.link === "ok") choices = await readChoices().catch(() => choices);
  } finally {
    running = false;
  }
  await changed();
  retry = around.link === "ok" ? FIRST_RETRY_MS : Math.min(LAST_RETRY_MS, retry * 2);
  if (again) { again = false; void run(); return; }
  const wait = around.link === "ok" ? REFRESH_MS : retry * (0.75 + Math.random() / 2);
  if (document.visibilityState === "visible" || around.taps.some((one) => one.state === "waiting")) timer = setTimeout(() => void run(), wait);
}

function awake(): void {
  around.online = navigator.onLine;
  retry = FIRST_RETRY_MS;
  show();
  void run();
}

/** Before signing out: send what waits; what cannot go stays on the phone for the next sign-in. */
async function leave(event: SubmitEvent): Promise<void> {
  event.preventDefault();
  const form = event.target as HTMLFormElement;
  if (navigator.onLine) await sync(account, wanted);
  let waiting = (await keptTaps(account)).own.filter((one) => one.state === "waiting").length;
  for (const other of leaving) waiting += await other.waiting();
  if (waiting && !confirm(`Saisies pas encore envoyées : ${waiting}. Elles restent sur ce téléphone et partiront quand vous vous reconnecterez. Se déconnecter ?`)) return;
  await forget(account);
  for (const other of leaving) await other.forget();
  form.submit();
}

async function keepPageOffline(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("/chauffeur/sw.js", { scope: "/chauffeur" });
  await navigator.serviceWorker.ready;
  around.ready = true;
  show();
}

addEventListener("online", awake);
addEventListener("offline", () => { around.online = false; show(); });
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") awake(); });
changes.addEventListener("message", () => void read());
document.querySelector<HTMLFormElement>("form.who")?.addEventListener("submit", (event) => void leave(event));

void read().catch(() => toast("Ce téléphone ne peut rien garder en mémoire : hors ligne, vos saisies seraient refusées.", "problem")).then(run);
void keepPageOffline().catch(() => undefined);
