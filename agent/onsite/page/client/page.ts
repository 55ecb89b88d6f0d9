/// <reference lib="dom" />
/** What runs in the reader's browser: charts of the last day, what changes while one looks, and the print button. Without it the page still says everything else. */
import type UPlot from "uplot";

/** The chart library, loaded before as a script of its own. */
declare const uPlot: typeof UPlot;

interface History {
  readonly timesS: readonly number[];
  readonly packetsPerS: readonly number[];
  readonly bitsPerS: readonly number[];
  readonly drops: readonly number[];
  readonly detections: readonly number[];
}

const HEIGHT_PX = 160;
const REFRESH_MS = 15_000;
/** While a check runs. */
const BUSY_REFRESH_MS = 1_000;
const BITS_PER_MBIT = 1e6;
const COLUMNS: Readonly<Record<string, (history: History) => number[]>> = {
  traffic: ({ bitsPerS }) => bitsPerS.map((bits) => bits / BITS_PER_MBIT),
  packets: ({ packetsPerS }) => [...packetsPerS],
  detections: ({ detections }) => [...detections],
  drops: ({ drops }) => [...drops],
};

function drawChart(figure: HTMLElement, history: History, inkColor: string): void {
  const values = COLUMNS[figure.dataset.chart ?? ""]?.(history);
  if (!values) return;
  const axis = { stroke: inkColor, grid: { stroke: "#8886", width: 1 }, ticks: { stroke: "#8886" } };
  const chart = new uPlot(
    {
      width: figure.clientWidth,
      height: HEIGHT_PX,
      legend: { show: false },
      cursor: { show: false },
      scales: { y: { range: (_chart, _least, most) => [0, Math.max(1, most * 1.1)] } },
      axes: [
        { ...axis, values: (_chart, times) => times.map(timeText) },
        { ...axis, size: 56 },
      ],
      series: [{}, { stroke: "#0b77d0", fill: "#0b77d033", width: 1.5 }],
    },
    [[...history.timesS], values],
    figure,
  );
  new ResizeObserver(() => chart.setSize({ width: figure.clientWidth, height: HEIGHT_PX })).observe(figure);
}

/** Hours and minutes; at midnight the date as well. */
function timeText(timeS: number): string {
  const time = new Date(timeS * 1000);
  const [hours, minutes] = [time.getHours(), time.getMinutes()];
  const text = `${hours}:${String(minutes).padStart(2, "0")}`;
  return hours === 0 && minutes === 0 ? `${time.getMonth() + 1}/${time.getDate()}` : text;
}

async function drawCharts(): Promise<void> {
  const place = document.querySelector<HTMLElement>("[data-charts]");
  if (!place) return;
  const answer = await fetch(place.dataset.charts ?? "");
  if (!answer.ok) return;
  const history = (await answer.json()) as History;
  const empty = document.querySelector<HTMLElement>("#charts-empty");
  if (history.timesS.length === 0) {
    if (empty) empty.hidden = false;
    place.hidden = true;
    return;
  }
  const ink = getComputedStyle(document.body).color;
  for (const figure of place.querySelectorAll<HTMLElement>("[data-chart]")) drawChart(figure, history, ink);
}

/** Take what changes from the same page asked again; a box that does not answer leaves what is there. */
async function refresh(): Promise<void> {
  const answer = await fetch(location.href).catch(() => undefined);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of document.querySelectorAll("[data-live]")) {
    const replacement = fresh.getElementById(old.id);
    if (replacement && replacement.outerHTML !== old.outerHTML)
      old.replaceWith(document.importNode(replacement, true));
  }
}

if (document.querySelector("[data-live]")) {
  setInterval(() => void refresh(), REFRESH_MS);
  setInterval(() => {
    if (document.querySelector("[data-busy]")) void refresh();
  }, BUSY_REFRESH_MS);
  // Who comes back to the page sees how it is now.
  document.addEventListener("visibilitychange", () => void refresh());
}
for (const button of document.querySelectorAll<HTMLElement>("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
await drawCharts();
