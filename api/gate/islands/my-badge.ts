// The e-badge: a fresh QR code before the last one ends, drawn here; nothing is kept.
import encodeQR from "qr";
import { ask, Refused } from "../../web/server";

const box = document.getElementById("qr");
const said = document.getElementById("said")!;
const AGAIN_MS = 5_000;
const SVG = "http://www.w3.org/2000/svg";

function draw(text: string): SVGSVGElement {
  const rows = encodeQR(text, "raw", { ecc: "medium", border: 2 });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${rows.length} ${rows.length}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", "QR code de votre badge, à présenter à la borne ou à l'agent");
  svg.setAttribute("shape-rendering", "crispEdges");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", rows.flatMap((row, y) => row.map((dark, x) => dark ? `M${x} ${y}h1v1h-1z` : "")).join(""));
  svg.append(path);
  svg.dataset.text = text;
  return svg;
}

async function show(): Promise<void> {
  let wait = AGAIN_MS;
  try {
    const { text, lifetime_s } = await ask<{ text: string; lifetime_s: number }>("GET", "/api/v1/my-badge");
    box!.replaceChildren(draw(text));
    said.textContent = "Présentez ce code : il change tout seul.";
    wait = lifetime_s * 500;
  } catch (error) {
    const refused = error instanceof Refused;
    if (refused) box!.replaceChildren();
    said.textContent = refused ? error.message : "Pas de réseau : le code affiché ne vaut plus longtemps.";
  }
  setTimeout(() => void show(), wait);
}

if (box) void show();
