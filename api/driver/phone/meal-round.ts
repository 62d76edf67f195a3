// A round of meals as the phone knows it, and what the driver's taps make of it. No network, no storage, no page.

export type DoorStatus = "to_do" | "delivered" | "neighbour" | "absent" | "refused" | "blocked";
export type DoorKind = Exclude<DoorStatus, "to_do"> | "undone";
export type Wellbeing = "well" | "worry";

export interface Tray { day: string; moment: "lunch" | "dinner"; label: string }

export interface Door {
  id: number; position: number; name: string; address: string; commune: string; phone: string;
  lat: number | null; lon: number | null; access_note: string; trays: Tray[];
  arrival_at: string; window_from: string | null; window_until: string | null;
  status: DoorStatus; status_at: string | null; celsius: number | null; wellbeing: Wellbeing | null; note: string;
}

export interface MealRound {
  id: number; version: string; day: string; status: "published" | "done"; van: string; shift: string;
  distance_m: number; starts_at: string; ends_at: string; limit_c: number;
  departure: { state: "to_measure" | "cold" | "warm"; celsius: number | null; at: string | null };
  doors: Door[];
}

export interface MealChoice {
  id: number; day: string; status: "published" | "done"; van: string; shift: string; doors: number; doors_told: number;
}

/** One tap, as the server takes it. */
export interface DoorTap {
  event_id: string; door_id: number; kind: DoorKind; celsius: number | null; wellbeing: Wellbeing | null;
  note: string; happened_at: string;
}
export interface DepartureTap { event_id: string; round_id: number; kind: "departure"; celsius: number; happened_at: string }
export type MealTap = DoorTap | DepartureTap;

/** A tap in the phone's memory. `label` names a door by its place, never a person: it may outlive the round. */
export interface KeptMealTap {
  seq?: number; account: string; round: number; label: string; tap: MealTap;
  state: "waiting" | "refused" | "remarked"; sentence: string;
}

/** The round with the waiting taps applied: what the driver sees. The last one by its hour counts, as on the server. */
export function withMealTaps(round: MealRound, taps: readonly KeptMealTap[]): MealRound {
  return taps.filter((one) => one.state === "waiting").reduce((so, { tap }) => applied(so, tap), round);
}

function applied(round: MealRound, tap: MealTap): MealRound {
  if (tap.kind === "departure") {
    if (tap.round_id !== round.id || before(tap.happened_at, round.departure.at)) return round;
    const state = tap.celsius > round.limit_c ? "warm" as const : "cold" as const;
    return { ...round, departure: { state, celsius: tap.celsius, at: tap.happened_at } };
  }
  return { ...round, doors: round.doors.map((door) => door.id !== tap.door_id || before(tap.happened_at, door.status_at) ? door : {
    ...door, status: tap.kind === "undone" ? "to_do" : tap.kind, status_at: tap.happened_at,
    celsius: tap.celsius, wellbeing: tap.wellbeing, note: tap.note,
  }) };
}

const before = (at: string, last: string | null): boolean => last !== null && Date.parse(at) < Date.parse(last);

/** The door to go to: the first without a word on it. */
export const nextDoor = (round: MealRound): Door | undefined => round.doors.find((door) => door.status === "to_do");

/** The hour to write on a tap: now, and after the last word, when the phone's clock was set back a little. */
export function stampAfter(last: string | null, now: Date): string {
  const behind = last === null ? -1 : Date.parse(last) - now.getTime();
  return new Date(behind >= 0 && behind < 300_000 ? Date.parse(last!) + 1 : now.getTime()).toISOString();
}

const DAY = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Paris", dateStyle: "short" });

/** A round is held on the phone on its own day only. */
export const isToday = (round: MealRound, now: Date): boolean => DAY.format(now) === round.day;

/** « 3,5 » as a number with one decimal, or null when it is none. */
export function degrees(text: string): number | null {
  const bare = text.replace(",", ".").replace("−", "-").trim();
  const value = Number(bare);
  return bare !== "" && Number.isFinite(value) && value >= -40 && value <= 90 ? Math.round(value * 10) / 10 : null;
}
