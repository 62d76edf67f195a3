// The round as the phone knows it, and what the driver's taps make of it. No network, no storage, no page.

export type Status = "to_do" | "done" | "not_done";
export type TapKind = "done" | "not_done" | "undone";

export interface Container { id: number; code: string; stream: string; fill_percent: number; volume_l: number }

/** The road to a stop from the one before: longitude and latitude along it, and what to do. */
export interface Way {
  line: [number, number][]; turns: { text: string; distance_m: number; duration_s: number }[];
}

export interface Stop {
  id: number; position: number; kind: "start" | "collect" | "unload" | "break" | "end";
  arrival_at: string; departure_at: string; name: string; commune: string;
  lat: number | null; lon: number | null; access_note: string;
  load_l: number; load_kg: number; required: boolean; reason: string;
  status: Status; status_reason: string; status_at: string | null; weight_kg: number | null;
  containers: Container[];
  /** Absent from a round kept by an older version of the page. */
  way?: Way | null;
}

export interface Round {
  id: number; day: string; version: number; status: "published" | "done";
  vehicle: string; stream: string; distance_m: number; stops: Stop[];
}

export interface RoundChoice {
  id: number; day: string; status: "published" | "done"; vehicle: string; stream: string;
  distance_m: number; stops: number; stops_told: number; driver: string | null;
}

/** One tap, as the server takes it. */
export interface Tap {
  event_id: string; stop_id: number; kind: TapKind; reason: string; weight_kg: number | null; happened_at: string;
}

/** A tap in the phone's memory: waiting to be sent, refused by the server, or accepted with a remark. */
export interface KeptTap extends Tap {
  seq?: number; account: string; round_id: number; label: string;
  state: "waiting" | "refused" | "remarked"; sentence: string;
}

/** The round with the waiting taps applied: what the driver sees. The last one by its hour counts, as on the server. */
export function withTaps(round: Round, taps: readonly KeptTap[]): Round {
  const waiting = taps.filter((tap) => tap.state === "waiting");
  if (!waiting.length) return round;
  return { ...round, stops: round.stops.map((stop) => waiting.filter((tap) => tap.stop_id === stop.id).reduce(applied, stop)) };
}

function applied(stop: Stop, tap: Tap): Stop {
  if (stop.status_at !== null && Date.parse(tap.happened_at) < Date.parse(stop.status_at)) return stop;
  return {
    ...stop,
    status: tap.kind === "undone" ? "to_do" : tap.kind,
    status_reason: tap.reason, status_at: tap.happened_at, weight_kg: tap.weight_kg,
  };
}

/** The stop to go to: the first without a word on it. The start needs none. */
export function nextStop(round: Round): Stop | undefined {
  return round.stops.find((stop) => stop.status === "to_do" && stop.kind !== "start");
}

export function progress(round: Round): { told: number; all: number } {
  const collected = round.stops.filter((stop) => stop.kind === "collect");
  return { told: collected.filter((stop) => stop.status !== "to_do").length, all: collected.length };
}

/** The hour to write on a tap: now, and after the last word on this stop, so that taps keep their order
    when the phone's clock is set back a little. A last word far ahead came from a wrong clock: not followed. */
export function stamp(stop: Stop, now: Date): string {
  const last = stop.status_at === null ? 0 : Date.parse(stop.status_at);
  const behind = last - now.getTime();
  return new Date(behind >= 0 && behind < 300_000 ? last + 1 : now.getTime()).toISOString();
}

const DAY = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Paris", dateStyle: "short" });

/** Whether the round may be driven: from 18 h on its eve, the server's own bound. */
export function mayDrive(round: Round, now: Date): boolean {
  return DAY.format(new Date(now.getTime() + 6 * 3_600_000)) >= round.day;
}
