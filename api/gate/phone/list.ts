// The signed list, read as a terminal reads it (api/gate/README.md): verified, opened, and asked for one number or one
// e-badge's code.
// It says who may come; what is left of a household's rights only the server knows.
import { blake2b } from "@noble/hashes/blake2.js";

const SIGNATURE_BYTES = 64;
const NAME_BYTES = 8;
const NAME_LETTERS = 11;

export interface Entry { category: string; state: string; from: string | null; until: string | null }
export interface GateList { version: number; expires: number; entries: Map<string, Entry> }
export interface Decision { opens: boolean; rule: string; text: string; category: string | null }

interface Document {
  format: number; version: number; expires_at: string;
  groups: [string, string | null, string, string][];
  badges: Record<string, [string, string | null, string, string | null, string | null]>;
}

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/** The list, or null when its signature is not the installation's or this browser cannot tell. */
export async function openList(signed: Uint8Array<ArrayBuffer>, publicKey: string): Promise<GateList | null> {
  const signature = signed.slice(0, SIGNATURE_BYTES);
  const body = signed.slice(SIGNATURE_BYTES);
  try {
    const key = await crypto.subtle.importKey("raw", bytesOf(publicKey), "Ed25519", false, ["verify"]);
    if (!await crypto.subtle.verify("Ed25519", key, signature, body)) return null;
    const plain = await new Response(new Blob([body]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
    return indexed(JSON.parse(plain) as Document);
  } catch {
    return null;
  }
}

function indexed(document: Document): GateList | null {
  if (document.format !== 1) return null;
  const entries = new Map<string, Entry>();
  for (const [category, , state, names] of document.groups) {
    for (let at = 0; at < names.length; at += NAME_LETTERS) entries.set(names.slice(at, at + NAME_LETTERS), { category, state, from: null, until: null });
  }
  for (const [name, [category, , state, from, until]] of Object.entries(document.badges)) entries.set(name, { category, state, from, until });
  return { version: document.version, expires: Date.parse(document.expires_at), entries };
}

/** A number's name in the list; null when it is no badge's number. */
export function nameOf(number: string, badgeKey: string): string | null {
  const plain = number.replace(/[\s:.\-]/g, "").toUpperCase();
  if (!/^[A-Z0-9]{4,64}$/.test(plain)) return null;
  const hash = blake2b(new TextEncoder().encode(plain), { key: bytesOf(badgeKey), dkLen: 32 }).slice(0, NAME_BYTES);
  return btoa(String.fromCharCode(...hash)).replace(/=+$/, "");
}

const STATES: Record<string, string> = {
  blocked: "Badge bloqué.", lost: "Badge déclaré perdu.", replaced: "Badge remplacé : présentez le nouveau.",
};

const CODE = /^GLN1[A-Z2-7]+$/;
const DOMAIN = new TextEncoder().encode("glaneur e-badge 1\0");
const BODY_BYTES = 42; // badge's hash 32, made at (ms) 8, holds (s) 2
const SKEW_MS = 30_000;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function base32(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.floor(text.length * 5 / 8));
  let bits = 0, held = 0, at = 0;
  for (const letter of text) {
    held = (held << 5 | LETTERS.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits >= 8) { bits -= 8; bytes[at++] = held >> bits & 0xff; }
  }
  return bytes;
}

/** The name of the badge that a code shows, or the refusal: forged, or too old. */
async function nameOfCode(code: string, publicKey: string, at: Date): Promise<string | Decision> {
  const refused = (rule: string, text: string): Decision => ({ opens: false, rule, text, category: null });
  const signed = base32(code.slice(4));
  const body = signed.slice(0, -SIGNATURE_BYTES);
  const key = await crypto.subtle.importKey("raw", bytesOf(publicKey), "Ed25519", false, ["verify"]);
  const ours = body.length === BODY_BYTES
    && await crypto.subtle.verify("Ed25519", key, signed.slice(-SIGNATURE_BYTES), new Uint8Array([...DOMAIN, ...body]));
  if (!ours) return refused("forged_code", "Code refusé : il n'est pas de notre collectivité.");
  const view = new DataView(body.buffer);
  const made = Number(view.getBigUint64(32));
  if (at.getTime() < made - SKEW_MS || at.getTime() >= made + view.getUint16(40) * 1000 + SKEW_MS) {
    return refused("expired_code", "Code périmé : affichez-le à nouveau sur le téléphone.");
  }
  return btoa(String.fromCharCode(...body.slice(0, NAME_BYTES))).replace(/=+$/, "");
}

/** What the list says of a number or a code at an instant; null when it cannot say (it has expired). */
export async function decide(list: GateList, shown: string, keys: { badge_key: string; public_key: string }, at: Date): Promise<Decision | null> {
  if (at.getTime() > list.expires) return null;
  const code = shown.trim().toUpperCase();
  const name = CODE.test(code) ? await nameOfCode(code, keys.public_key, at) : nameOf(shown, keys.badge_key);
  if (name !== null && typeof name !== "string") return name;
  const entry = name === null ? undefined : list.entries.get(name);
  if (!entry) return { opens: false, rule: "unknown_badge", text: "Badge inconnu de la liste.", category: null };
  if (entry.state !== "active") return { opens: false, rule: entry.state, text: STATES[entry.state] ?? "Badge refusé.", category: entry.category };
  if (entry.from && at.getTime() < Date.parse(entry.from)) return { opens: false, rule: "not_yet_valid", text: "Badge pas encore valable.", category: entry.category };
  if (entry.until && at.getTime() >= Date.parse(entry.until)) return { opens: false, rule: "expired", text: "Badge expiré.", category: entry.category };
  return { opens: true, rule: "list", text: "Badge connu. Les droits restants seront comptés au retour du réseau.", category: entry.category };
}
