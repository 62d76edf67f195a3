// The driver's round of meals: holds the day's doors, writes every tap down first, sends when it can.
import { now } from "../../web/clock";
import { toast } from "../../web/toast";
import { fill, h } from "../phone/dom";
import { departureCard, doorCard, lastDoor, roundOver, type Asking, type MealActions, type Said } from "../phone/meal-card";
import { dismissMealTap, forgetMeals, forgetPastRounds, keepMealTap, keptMealRound, keptMealTaps } from "../phone/meal-memory";
import { nextDoor, stampAfter, withMealTaps, type Door, type DoorKind, type MealChoice, type MealRound, type MealTap } from "../phone/meal-round";
import { readMealChoices, syncMeals } from "../phone/meal-sync";
import { showDoors, showMealChoices, showMealHeading, showMealNotices, showMealState, type MealsAround } from "../phone/meal-view";
import { leaving, tell } from "../phone/which";

const page = document.getElementById("meals")!;
const account = page.dataset.account!;
const wanted = new URLSearchParams(location.search).get("repas") ?? "";
const box = document.getElementById("meal-card")!;
const changes = new BroadcastChannel("glaneur-meals");

const REFRESH_MS = 30_000;
const FIRST_RETRY_MS = 3_000;
const LAST_RETRY_MS = 120_000;
// A second touch of the same finger must not fall on the next door's button.
const PAUSE_MS = 600;

const around: MealsAround = { link: "ok", online: navigator.onLine, sentence: "", taps: [], read: false, ready: false };
let round: MealRound | null = null; // with the waiting taps applied
let chosen: number | null = null;
let last: number | null = null; // the door of the tap just made, offered for undoing
let asking: Asking = null;
let typed = ""; // the temperature typed for the door shown
let choices: MealChoice[] = [];
let retry = FIRST_RETRY_MS;
let timer = 0;
let running = false;
let again = false;
let busy = false;

async function read(): Promise<void> {
  await forgetPastRounds(now());
  const taps = await keptMealTaps(account);
  const kept = await keptMealRound(account, wanted);
  round = kept && withMealTaps(kept, taps);
  Object.assign(around, { taps, read: true });
  show();
}

function show(): void {
  tell("meals", round !== null || around.taps.length > 0 || wanted !== "");
  const next = round ? nextDoor(round) : undefined;
  const door = round?.doors.find((one) => one.id === chosen) ?? next;
  const leave = round !== null && round.departure.state !== "cold" && door === next && next !== undefined && !asking && chosen === null;
  showMealHeading(round);
  showMealState({ ...around, ready: around.ready && round !== null });
  showMealNotices(around, (tap) => void dismissMealTap(tap).then(changed));
  const told = round?.doors.find((one) => one.id === last && one.id !== door?.id && one.status !== "to_do");
  const act: MealActions = {
    tap: (kind, said) => { if (door) void tapDoor(door, kind, said); },
    depart: (celsius) => void depart(celsius), ask: setAsking, celsius: typed, type: (text) => { typed = text; },
  };
  fill(box, round ? [door ?? round.doors, door === next, asking, leave, round.departure, told] : [around.read], () => {
    if (!round) return [h("p", { class: "muted" }, "Aucune tournée de repas ne vous est confiée aujourd'hui.")];
    if (leave) return departureCard(round, act);
    const undo = told ? [lastDoor(told, () => void tapDoor(told, "undone"))] : [];
    if (!door) return [...undo, ...roundOver(round.doors)];
    const back = chosen !== null && door !== next && next
      ? [h("button", { type: "button", class: "quiet back", onclick: () => choose(null) }, "← Revenir à la prochaine porte")] : [];
    return [...undo, ...back, ...doorCard(round, door, door === next, asking, act)];
  });
  showDoors(round, door?.id ?? null, around.taps, (one) => choose(one.id));
  showMealChoices(choices, round?.id ?? null);
}

function setAsking(what: Asking): void {
  asking = what;
  show();
  (document.getElementById("meal-why") ?? document.getElementById("meal-name"))?.focus();
}

function choose(door: number | null): void {
  chosen = door;
  asking = null;
  typed = "";
  show();
  box.scrollIntoView({ block: "start" });
  document.getElementById("meal-name")?.focus({ preventScroll: true });
}

async function keep(tap: MealTap, label: string): Promise<void> {
  await keepMealTap({ account, round: round!.id, label, tap, state: "waiting", sentence: "" });
  void navigator.storage?.persist?.().catch(() => undefined);
  navigator.vibrate?.(30);
  asking = null;
  typed = "";
  await changed();
  box.scrollIntoView({ block: "start" });
  document.getElementById("meal-name")?.focus({ preventScroll: true });
  void run();
}

async function once(work: () => Promise<void>): Promise<void> {
  if (busy || !round) return;
  busy = true;
  page.classList.add("busy");
  try {
    await work();
  } catch {
    toast("Ce téléphone n'a pas pu garder la saisie : recommencez, ou prévenez le CIAS.", "problem");
  } finally {
    setTimeout(() => { busy = false; page.classList.remove("busy"); }, PAUSE_MS);
  }
}

function tapDoor(door: Door, kind: DoorKind, { celsius = null, wellbeing = null, note = "" }: Said = {}): Promise<void> {
  return once(async () => {
    chosen = kind === "undone" ? door.id : null;
    last = kind === "undone" ? null : door.id;
    const happened_at = stampAfter(door.status_at, now());
    await keep({ event_id: crypto.randomUUID(), door_id: door.id, kind, celsius, wellbeing, note, happened_at }, `Porte ${door.position}`);
  });
}

function depart(celsius: number): Promise<void> {
  return once(async () => {
    const happened_at = stampAfter(round!.departure.at, now());
    await keep({ event_id: crypto.randomUUID(), round_id: round!.id, kind: "departure", celsius, happened_at }, "Départ");
  });
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
    Object.assign(around, navigator.onLine ? await syncMeals(account, wanted) : { link: "away" as const, sentence: "" });
    if (around.link === "ok" && round) choices = await readMealChoices().catch(() => choices);
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
  void read().then(run);
}

// Who carries no meals (a dispatcher, an installation without any) is asked nothing and told nothing.
if (page.dataset.carries !== undefined) {
  leaving.push({
    async waiting() {
      if (navigator.onLine) await syncMeals(account, wanted);
      return (await keptMealTaps(account)).filter((one) => one.state === "waiting").length;
    },
    forget: forgetMeals,
  });
  addEventListener("online", awake);
  addEventListener("offline", () => { around.online = false; show(); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") awake(); });
  changes.addEventListener("message", () => void read());
  void read().catch(() => toast("Ce téléphone ne peut rien garder en mémoire : hors ligne, vos saisies seraient refusées.", "problem")).then(run);
  if ("serviceWorker" in navigator) void navigator.serviceWorker.ready.then(() => { around.ready = true; show(); });
} else void forgetPastRounds(now()).catch(() => undefined); // of another driver's, left on this phone
